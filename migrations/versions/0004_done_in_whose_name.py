"""What a stand-in has finished is found by the person in whose name it was."""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

IN_SOMEBODYS_NAME = sa.text("on_behalf_of is not null")


def upgrade() -> None:
    op.create_index("ix_work_item_done_for", "work_item", ["on_behalf_of", "closed_at"],
                    postgresql_where=IN_SOMEBODYS_NAME, sqlite_where=IN_SOMEBODYS_NAME)


def downgrade() -> None:
    op.drop_index("ix_work_item_done_for", table_name="work_item")
