"""A process walked by the real engine along every way out of its gateways, each time to an end."""
from __future__ import annotations

from dataclasses import dataclass, field

from tests.miwg.runnable import WAYS, Runnable, runnable
from tests.workflows.play import Play
from workflows.diagram import flow_nodes, parse_xml, read_processes
from workflows.errors import WorkflowError
from workflows.step import Step
from workflows.support import unsupported
from workflows.versions import check, load_version

MOST_MOVES = 60
ORDERS = ("tasks messages time", "messages time tasks", "time messages tasks")
"""what happens first where several things may"""


@dataclass(slots=True)
class Walked:
    """What became of running a file: the elements that the engine does not run; without such, what had to be filled
    in, what is still wrong, how many walks were made to an end and how many of the elements they passed."""
    unsupported: list[str] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    walks: int = 0
    passed: int = 0
    elements: int = 0

    @property
    def runs(self) -> bool:
        return not self.unsupported and not self.wrong and self.walks > 0


def walk(text: str) -> Walked:
    """Never raises for what is in a well-formed file."""
    root = parse_xml(text)
    found = Walked(unsupported=sorted(word for _, word, _ in unsupported(root)))
    called = {each.id for each in read_processes(root)}
    calls = [call for process in read_processes(root) for call in process.called if call not in called]
    found.unsupported += [f"call of “{call}”, which is no process of the file" for call in calls]
    if found.unsupported:
        return found
    made = runnable(text)
    found.filled = sorted(made.filled)
    for key, files in made.files.items():
        found.wrong += [str(problem) for problem in check(key, files, ["clerk"])]
        if not found.wrong:
            _walk_process(key, made, found)
    return found


def _walk_process(key: str, made: Runnable, found: Walked) -> None:
    version = load_version(key, made.files[key])
    own = {gateway: flows for gateway, flows in made.ways.items() if gateway in version.elements}
    passed: set[str] = set()
    for ways in [{}, *({gateway: flow} for gateway, flows in own.items() for flow in flows)]:
        for order in ORDERS:
            play = Play(version)
            try:
                ended = _to_the_end(play, ways, order)
            except WorkflowError as error:
                found.wrong.append(f"{key} by {ways}: {error}")
                return
            if not ended:
                found.wrong.append(f"{key} by {ways}: no end after {MOST_MOVES} moves, open {play.open}")
                return
            passed |= {trace.element_id for step in play.steps for trace in step.trace}
            found.walks += 1
    (process,) = [each for each in read_processes(parse_xml(made.files[key][f"{key}/{key}.bpmn"])) if each.id == key]
    every = {node.get("id") for node, _ in flow_nodes(process.node)}
    found.elements += len(every)
    found.passed += len(every & passed)


def _to_the_end(play: Play, ways: dict[str, str], order: str) -> bool:
    """Lets what can go on go on, first what comes first in `order`: tasks, messages, time; the last two once each."""
    step = play.start(**{WAYS: ways})
    come: set[str] = set()
    for _ in range(MOST_MOVES):
        if step.ended is not None or step.incident is not None:
            return step.ended in ("completed", "terminated")
        step = _move(play, step, come, order)
    return False


def _move(play: Play, step: Step, come: set[str], order: str) -> Step:
    messages = [message for message in step.waiting_messages if message not in come]
    timers = [timer for timer in play.timers if timer not in come]
    for what in order.split():
        if what == "tasks" and play.open:
            return play.complete(play.open[0])
        if what == "messages" and messages:
            come.add(messages[0])
            return play.deliver(messages[0])
        if what == "time" and timers:
            come.update(timers)
            break
    return play.wake(days=30)
