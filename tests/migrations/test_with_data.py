"""Each migration goes down and up again with an office's rows in the tables, and costs nothing but what it names."""
from __future__ import annotations

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, select

from app.bootstrap import migration_config
from tests.installations import KINDS, parts
from tests.sizes import tell


def rows(there):
    """Every table as {(table, column): values in the order of the primary key}, as the database itself describes it."""
    tables = MetaData()
    tables.reflect(there.engine)
    found = {}
    with there.engine.connect() as connection:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            columns = list(zip(*connection.execute(select(table).order_by(*table.primary_key)), strict=True))
            for number, column in enumerate(table.columns):
                found[table.name, column.name] = columns[number] if columns else ()
    return found


def shared(one, other):
    """What both have, and whether it is the same in both."""
    names = set(one) & set(other)
    assert names
    return {name: one[name] for name in names} == {name: other[name] for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_every_migration_goes_down_and_up_with_rows_in_it(new, city, kind):
    there = new(kind)
    there.restore(city)
    config = migration_config(there.url)
    revisions = [each for each in ScriptDirectory.from_config(config).walk_revisions() if each.down_revision]
    highest = first = rows(there)
    for revision in revisions:
        command.downgrade(config, str(revision.down_revision))
        below = rows(there)
        assert shared(highest, below), f"{revision.revision} down"
        command.upgrade(config, revision.revision)
        again = rows(there)
        assert set(again) == set(highest) and shared(below, again), f"{revision.revision} up"
        command.downgrade(config, str(revision.down_revision))
        highest = below
    command.upgrade(config, "head")
    assert set(rows(there)) == set(first) and shared(rows(there), highest)
    assert there.broken() == []
    tell(f"migrations with data ({kind}): {len(revisions)} of {len(revisions) + 1} down, up, down and up with "
         f"{sum(len(values) for (_, column), values in first.items() if column in ('id', 'seq', 'code'))} rows")


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_migration_goes_down_with_rows_in_it_and_up_again(new, city, kind):
    there = new(kind)
    there.restore(city)
    config = migration_config(there.url)
    command.downgrade(config, "base")
    assert there.tables() <= {"alembic_version"}
    there.restore(city)
    there.save(there.folder / "again.zip")
    assert parts(there.folder / "again.zip") == parts(city)
