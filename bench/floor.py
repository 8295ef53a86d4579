"""The floor: the same step by plain SpiffWorkflow in memory, and one durable commit of the same bytes by the driver.

The workflow object lives on between steps, its specification is parsed once, nothing is loaded or serialised; the
commit updates one row with the state's bytes and inserts one with everything else that the product has written.
"""
from __future__ import annotations

from io import BytesIO
from typing import Any, Protocol

import psycopg
from lxml import etree
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import URL
from sqlalchemy import Engine as Database

from bench.content import KEY, floor_files
from bench.databases import driver_address


class Engine:
    """Plain SpiffWorkflow with live workflow objects."""

    def __init__(self) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(etree.parse(BytesIO(floor_files().encode())))
        self.specification = parser.get_spec(KEY)

    def start(self, variables: dict[str, Any]) -> BpmnWorkflow:
        workflow = BpmnWorkflow(self.specification)
        workflow.get_next_task().data.update(variables)
        workflow.do_engine_steps()
        return workflow

    def complete(self, workflow: BpmnWorkflow, answers: dict[str, Any]) -> None:
        """Finishes the open user task and runs to the next."""
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.set_data(**answers)
        task.run()
        workflow.do_engine_steps()
        workflow.refresh_waiting_tasks()


class Store(Protocol):
    """Writes bytes durably with a driver alone."""

    def commit(self, state: bytes, rest: bytes) -> None:
        """One transaction: the state updated, the rest inserted."""

    def insert(self, state: bytes, rest: bytes) -> None:
        """One transaction: both inserted."""

    def close(self) -> None: ...


def make_store(engine: Database) -> Store:
    """In the product's own database."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            return SqliteStore(connection.connection.driver_connection)
    return PostgresqlStore(engine.url)


class SqliteStore:
    """Over the product's own connection, while the product rests: a second one would empty the first one's page cache
    with each commit, and pay for the product's."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        for statement in ("CREATE TABLE floor_state (id INTEGER PRIMARY KEY, content BLOB)",
                          "CREATE TABLE floor_rest (id INTEGER PRIMARY KEY, content BLOB)",
                          "INSERT INTO floor_state VALUES (1, x'00')"):
            self.connection.execute(statement)

    def commit(self, state: bytes, rest: bytes) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("UPDATE floor_state SET content = ? WHERE id = 1", (state,))
        self.connection.execute("INSERT INTO floor_rest (content) VALUES (?)", (rest,))
        self.connection.execute("COMMIT")

    def insert(self, state: bytes, rest: bytes) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO floor_state (content) VALUES (?)", (state,))
        self.connection.execute("INSERT INTO floor_rest (content) VALUES (?)", (rest,))
        self.connection.execute("COMMIT")

    def close(self) -> None:
        """It is the product's."""


class PostgresqlStore:
    """The same server and database as the product's."""

    def __init__(self, url: URL) -> None:
        self.connection = psycopg.connect(driver_address(url), autocommit=False)
        self.connection.execute("CREATE TABLE floor_state (id BIGSERIAL PRIMARY KEY, content BYTEA)")
        self.connection.execute("CREATE TABLE floor_rest (id BIGSERIAL PRIMARY KEY, content BYTEA)")
        self.connection.execute("INSERT INTO floor_state (content) VALUES ('')")
        self.connection.commit()

    def commit(self, state: bytes, rest: bytes) -> None:
        self.connection.execute("UPDATE floor_state SET content = %s WHERE id = 1", (state,))
        self.connection.execute("INSERT INTO floor_rest (content) VALUES (%s)", (rest,))
        self.connection.commit()

    def insert(self, state: bytes, rest: bytes) -> None:
        self.connection.execute("INSERT INTO floor_state (content) VALUES (%s)", (state,))
        self.connection.execute("INSERT INTO floor_rest (content) VALUES (%s)", (rest,))
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()
