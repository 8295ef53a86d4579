"""The revisions of the schema, which servers read without Alembic, are those that Alembic migrates by."""
from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from app import schema

WAYS = ('revision = "2"\ndown_revision = "1"\n', 'revision, down_revision = "2", "1"\n',
        'revision: str = "2"\ndown_revision: str | None = "1"\n')


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of migrations with the first one in it, which the product takes for its own."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "1_first.py").write_text('import sqlalchemy as sa\nrevision = "1"\ndown_revision = None\n')
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path)
    schema.revisions.cache_clear()
    yield tmp_path / "versions"
    schema.revisions.cache_clear()


def test_they_are_alembics():
    scripts = ScriptDirectory(str(schema.MIGRATIONS))
    assert schema.revisions() == ({each.revision for each in scripts.walk_revisions()}, scripts.get_current_head())


@pytest.mark.parametrize("way", WAYS)
def test_a_migration_may_write_its_revision_in_any_way(migrations: Path, way: str):
    (migrations / "2_next.py").write_text(f"import sqlalchemy as sa\n{way}LENGTH = sa.String(20)\n")
    assert schema.revisions() == ({"1", "2"}, "2")


def test_two_migrations_on_one_are_refused(migrations: Path):
    for revision in ("2", "3"):
        (migrations / f"{revision}.py").write_text(f'revision, down_revision = "{revision}", "1"\n')
    with pytest.raises(ValueError, match="too many values"):
        schema.revisions()
