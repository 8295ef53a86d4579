"""The same five-task process finished by hand-off, durably at each step: by the product, by a naive store of
SpiffWorkflow's own (the whole workflow as JSON in one row), and by npm's bpmn-engine with its state saved each step.

One case: start, a user task, an exclusive gateway, a user task, two in parallel, their join, a last user task.
"""
from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
from lxml import etree
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import make_url

from bench.databases import driver_address
from bench.measure import report_times, scaled, settle, timed
from bench.peers_content import KEY, TASKS, diagram, product_files
from bench.product import Product, make_product

ROOT = Path(__file__).parents[1]
SCRIPT = Path(__file__).with_name("peer.cjs")
MODULES = ROOT / "frontend/node_modules"
WARM_UP = 3


def run(kind: str, url: str) -> None:
    product = make_product(url)
    product.publish(KEY, product_files())
    naive = NaiveStore(url)
    with tempfile.TemporaryDirectory() as folder, _engine_of_npm(Path(folder)) as finish_by_npm:
        ways: dict[str, Callable[[], None]] = {
            "product": lambda: _finish(product), "spiffworkflow": naive.finish, "bpmn_engine": finish_by_npm}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(WARM_UP + scaled(60)):
            if number % 10 == 0:
                settle()
            for name, finish in ways.items():
                took, _ = timed(finish)
                if number >= WARM_UP:
                    times[name].append(took)
    for peer in ("spiffworkflow", "bpmn_engine"):
        report_times(f"peers_{peer}_{kind}", times["product"], times[peer])
    naive.connection.close()
    product.engine.dispose()


def _finish(product: Product) -> None:
    """One case from its start to its end."""
    open_items = [product.start(KEY)]
    finished = 0
    while open_items:
        outcome = product.complete(open_items.pop(0))
        open_items += outcome.opened
        finished += 1
    assert finished == TASKS and outcome.ended


class NaiveStore:
    """A workflow is loaded whole, moved on by one task, and saved whole, in one transaction."""

    def __init__(self, url: str):
        self.lite = make_url(url).get_backend_name() == "sqlite"
        self.connection: Any = (sqlite3.connect(str(make_url(url).database), isolation_level=None, timeout=15)
                                if self.lite else psycopg.connect(driver_address(url)))
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL") if self.lite else ():
            self.connection.execute(statement)
        identity = "INTEGER PRIMARY KEY" if self.lite else "BIGSERIAL PRIMARY KEY"
        self.connection.execute(f"CREATE TABLE naive (id {identity}, content TEXT)")
        self._commit()
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.parse(BytesIO(diagram().encode())))
        self.specification = parser.get_spec(KEY)
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))

    def finish(self) -> None:
        """One case from its start to its end."""
        workflow = BpmnWorkflow(self.specification)
        workflow.get_next_task().data.update({"again": False})
        workflow.do_engine_steps()
        self._begin()
        id = self._execute("INSERT INTO naive (content) VALUES (%s) RETURNING id",
                           self.serializer.serialize_json(workflow)).fetchone()[0]
        self._commit()
        for _ in range(TASKS):
            self._finish_one(id)

    def _finish_one(self, id: int) -> None:
        self._begin()
        (content,) = self._execute("SELECT content FROM naive WHERE id = %s" + ("" if self.lite else " FOR UPDATE"),
                                   id).fetchone()
        workflow = self.serializer.deserialize_json(content)
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.set_data(opinion="同意")
        task.run()
        workflow.do_engine_steps()
        self._execute("UPDATE naive SET content = %s WHERE id = %s", self.serializer.serialize_json(workflow), id)
        self._commit()

    def _execute(self, statement: str, *values: Any) -> Any:
        return self.connection.execute(statement.replace("%s", "?") if self.lite else statement, values)

    def _begin(self) -> None:
        if self.lite:
            self.connection.execute("BEGIN IMMEDIATE")

    def _commit(self) -> None:
        if self.connection.in_transaction if self.lite else True:
            self.connection.commit()


@contextmanager
def _engine_of_npm(folder: Path) -> Iterator[Callable[[], None]]:
    """Node with bpmn-engine: finishes one case for each line that it is sent. Its state goes to a file with fsync,
    which is less than a database does."""
    (folder / "process.bpmn").write_text(diagram(), encoding="utf-8")
    node = shutil.which("node")
    assert node is not None, "node is needed: make setup"
    environment = {"NODE_PATH": str(MODULES), **os.environ}
    process = subprocess.Popen([node, str(SCRIPT), str(folder), str(TASKS)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, env=environment, text=True)
    assert process.stdin is not None and process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def finish() -> None:
        stdin.write("\n")
        stdin.flush()
        answer = json.loads(stdout.readline())
        assert answer == {"finished": TASKS}, answer

    try:
        yield finish
    finally:
        stdin.close()
        process.wait(30)
