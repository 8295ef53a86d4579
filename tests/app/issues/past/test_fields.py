"""What an entry of the history changed, by the names that the forms of its version give the fields."""
from __future__ import annotations

from app.issues.answers import Names
from app.issues.past.fields import Change, Written, changes
from tests.workflows.diagrams import diagram, end, files, flow, start, user
from workflows.versions import load_version

LEVEL = """{"type": "default", "id": "level", "components": [{
            "type": "select", "key": "level", "label": "级别（{days}日）",
            "values": [{"value": "complex", "label": "复杂（{days}个工作日内定方案）"}]}]}"""


def test_names_and_choices_say_the_cases_own_numbers():
    version = load_version("p", files(
        diagram(start(), user("judge", form="level"), end(), flow("start", "judge", "end"),
                variables='{"days": 5, "level": null}'), **{"p/forms/level.form.json": LEVEL}))
    written = [Written(1, "", "level", {"level": "complex"}), Written(2, "", "", {"days": 3}),
               Written(3, "", "level", {"level": None}), Written(4, "", "level", {"level": "complex"})]
    told = changes(written, {1: version, 4: version}, Names({}, {}))
    assert told == {1: [Change("级别（5日）", "", "复杂（5个工作日内定方案）")],
                    4: [Change("级别（3日）", "", "复杂（3个工作日内定方案）")]}
