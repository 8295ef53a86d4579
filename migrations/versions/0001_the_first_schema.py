"""The first schema: organisation, cases, issues, inbox, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", JSON, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_at", "idempotency_key", ["at"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("sent_at is null"),
        sqlite_where=sa.text("sent_at is null"),
    )

    op.create_table(
        "position",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_position"),
    )
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("parent_code", sa.String(length=40), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("sort", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('city','department','banner','zone','agency','leader')", name="ck_unit_kind"),
        sa.ForeignKeyConstraint(["parent_code"], ["unit.code"], name="fk_unit_parent_code_unit"),
        sa.PrimaryKeyConstraint("code", name="pk_unit"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", ID, nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", INSTANT, nullable=True),
        sa.Column("email", sa.String(length=120), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("username", name="uq_user_account_username"),
    )
    op.create_table(
        "absence",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("stand_in_id", ID, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["stand_in_id"], ["user_account.id"], name="fk_absence_stand_in_id_user_account"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_absence_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    op.create_index("ix_absence_stand_in_id", "absence", ["stand_in_id"], unique=False)
    op.create_index("ix_absence_user_id", "absence", ["user_id"], unique=False)

    op.create_table(
        "calendar_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("overrides", JSON, nullable=False),
        sa.Column("noticed_years", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user_account.id"], name="fk_calendar_version_created_by_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_version"),
    )
    op.create_table(
        "definition",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("files", JSON, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", INSTANT, nullable=False),
        sa.Column("published_by", ID, nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["published_by"], ["user_account.id"], name="fk_definition_published_by_user_account"),
        sa.PrimaryKeyConstraint("hash", name="pk_definition"),
    )
    op.create_index("ix_definition_key", "definition", ["key"], unique=False)
    op.create_index(
        "uq_definition_current",
        "definition",
        ["key"],
        unique=True,
        postgresql_where=sa.text("current"),
        sqlite_where=sa.text("current"),
    )

    op.create_table(
        "enterprise",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("credit_code", sa.String(length=18), nullable=True),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("industry", sa.String(length=60), nullable=False),
        sa.Column("above_scale", sa.Boolean(), nullable=False),
        sa.Column("key_enterprise", sa.Boolean(), nullable=False),
        sa.Column("leader_id", ID, nullable=True),
        sa.Column("difficulty", sa.String(length=20), nullable=True),
        sa.Column("excluded", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(["leader_id"], ["user_account.id"], name="fk_enterprise_leader_id_user_account"),
        sa.ForeignKeyConstraint(["place"], ["unit.code"], name="fk_enterprise_place_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_enterprise"),
        sa.UniqueConstraint("credit_code", name="uq_enterprise_credit_code"),
    )
    op.create_table(
        "post",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("position_code", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["position_code"], ["position.code"], name="fk_post_position_code_position"),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name="fk_post_unit_code_unit"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_post_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.UniqueConstraint("user_id", "unit_code", "position_code", name="uq_post_user_id_unit_code_position_code"),
    )
    op.create_index("ix_post_unit_code_post_position_code", "post", ["unit_code", "position_code"], unique=False)
    op.create_index("ix_post_user_id", "post", ["user_id"], unique=False)

    op.create_table(
        "saved_view",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_saved_view_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("user_id", "page", "name", name="uq_saved_view_user_id_page_name"),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_user_session_user_id_user_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_user_session"),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"], unique=False)

    op.create_table(
        "instance",
        sa.Column("id", ID, nullable=False),
        sa.Column("definition_hash", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("history_length", sa.Integer(), nullable=False),
        sa.Column("history_head", sa.String(length=64), nullable=False),
        sa.Column("waiting_messages", JSON, nullable=False),
        sa.CheckConstraint(
            "status in ('running','suspended','incident','completed','cancelled')", name="ck_instance_status"
        ),
        sa.ForeignKeyConstraint(
            ["definition_hash"], ["definition.hash"], name="fk_instance_definition_hash_definition"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_instance"),
    )
    op.create_index("ix_instance_definition_hash", "instance", ["definition_hash"], unique=False)

    op.create_table(
        "comment",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_comment_instance_id_instance"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_comment_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_comment"),
    )
    op.create_index("ix_comment_instance_id", "comment", ["instance_id"], unique=False)

    op.create_table(
        "history",
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("op", sa.String(length=40), nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("on_behalf_of", ID, nullable=True),
        sa.Column("unit_code", sa.String(length=40), nullable=True),
        sa.Column("position_code", sa.String(length=40), nullable=True),
        sa.Column("work_item_id", sa.Integer(), nullable=True),
        sa.Column("element_id", sa.String(length=120), nullable=True),
        sa.Column("definition_hash", sa.String(length=64), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("input", JSON, nullable=False),
        sa.Column("trace", JSON, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state_hash", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user_account.id"], name="fk_history_actor_id_user_account"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_history_instance_id_instance"),
        sa.ForeignKeyConstraint(["on_behalf_of"], ["user_account.id"], name="fk_history_on_behalf_of_user_account"),
        sa.PrimaryKeyConstraint("instance_id", "seq", name="pk_history"),
    )
    op.create_index("ix_history_actor", "history", ["actor_id", "at"], unique=False)

    op.create_table(
        "incident",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column("process_id", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", ID, nullable=True),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["closed_by"], ["user_account.id"], name="fk_incident_closed_by_user_account"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_incident_instance_id_instance"),
        sa.PrimaryKeyConstraint("id", name="pk_incident"),
    )
    op.create_index("ix_incident_instance_id", "incident", ["instance_id"], unique=False)

    op.create_table(
        "issue",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("follow_up_hash", sa.String(length=64), nullable=False),
        sa.Column("instance_id", ID, nullable=True),
        sa.Column("enterprise_id", ID, nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.String(length=40), nullable=False),
        sa.Column("contact_phone", sa.String(length=40), nullable=False),
        sa.Column("contact_email", sa.String(length=120), nullable=True),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("registered_by", ID, nullable=True),
        sa.Column("promise_scope", sa.Boolean(), nullable=False),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("place", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=30), nullable=True),
        sa.Column("level", sa.String(length=10), nullable=True),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("green_lane", sa.Boolean(), nullable=False),
        sa.Column("lead_unit", sa.String(length=40), nullable=True),
        sa.Column("joint_units", JSON, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("plan_due_at", INSTANT, nullable=True),
        sa.Column("plan_breached", sa.Boolean(), nullable=False),
        sa.Column("light", sa.String(length=8), nullable=False),
        sa.Column("response_rating", sa.Integer(), nullable=True),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name="fk_issue_enterprise_id_enterprise"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_issue_instance_id_instance"),
        sa.ForeignKeyConstraint(["lead_unit"], ["unit.code"], name="fk_issue_lead_unit_unit"),
        sa.ForeignKeyConstraint(["merged_into"], ["issue.id"], name="fk_issue_merged_into_issue"),
        sa.ForeignKeyConstraint(["place"], ["unit.code"], name="fk_issue_place_unit"),
        sa.ForeignKeyConstraint(["registered_by"], ["user_account.id"], name="fk_issue_registered_by_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_issue"),
        sa.UniqueConstraint("follow_up_hash", name="uq_issue_follow_up_hash"),
        sa.UniqueConstraint("instance_id", name="uq_issue_instance_id"),
        sa.UniqueConstraint("number", name="uq_issue_number"),
    )
    op.create_index("ix_issue_enterprise_id", "issue", ["enterprise_id"], unique=False)
    op.create_index("ix_issue_lead_unit_issue_status", "issue", ["lead_unit", "status"], unique=False)
    op.create_index("ix_issue_merged_into", "issue", ["merged_into"], unique=False)
    op.create_index("ix_issue_place_issue_status", "issue", ["place", "status"], unique=False)
    op.create_index("ix_issue_status_issue_due_at", "issue", ["status", "due_at"], unique=False)

    op.create_table(
        "timer",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("task_id", sa.String(length=40), nullable=False),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("rule", sa.String(length=400), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_timer_instance_id_instance"),
        sa.PrimaryKeyConstraint("id", name="pk_timer"),
        sa.UniqueConstraint("instance_id", "task_id", name="uq_timer_instance_id_task_id"),
    )
    op.create_index("ix_timer_due", "timer", ["due_at", "id"], unique=False)

    op.create_table(
        "copy",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=True),
        sa.Column("user_id", ID, nullable=True),
        sa.Column("unit_code", sa.String(length=40), nullable=True),
        sa.Column("position_code", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", INSTANT, nullable=False),
        sa.Column("sent_by", ID, nullable=True),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("read_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_copy_instance_id_instance"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_copy_issue_id_issue"),
        sa.ForeignKeyConstraint(["position_code"], ["position.code"], name="fk_copy_position_code_position"),
        sa.ForeignKeyConstraint(["read_by"], ["user_account.id"], name="fk_copy_read_by_user_account"),
        sa.ForeignKeyConstraint(["sent_by"], ["user_account.id"], name="fk_copy_sent_by_user_account"),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name="fk_copy_unit_code_unit"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_copy_user_id_user_account"),
        sa.PrimaryKeyConstraint("id", name="pk_copy"),
    )
    op.create_index("ix_copy_instance_id", "copy", ["instance_id"], unique=False)
    op.create_index(
        "ix_copy_unit_code_copy_position_code_copy_read_at",
        "copy",
        ["unit_code", "position_code", "read_at"],
        unique=False,
    )
    op.create_index("ix_copy_user_id", "copy", ["user_id"], unique=False)

    op.create_table(
        "watch",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_watch_issue_id_issue"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_watch_user_id_user_account"),
        sa.PrimaryKeyConstraint("user_id", "issue_id", name="pk_watch"),
    )
    op.create_table(
        "work_item",
        sa.Column("id", ID, nullable=False),
        sa.Column("instance_id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.Column("task_id", sa.String(length=40), nullable=True),
        sa.Column("element_id", sa.String(length=120), nullable=False),
        sa.Column("process_id", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=True),
        sa.Column("form", sa.String(length=120), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("position_code", sa.String(length=40), nullable=False),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("owner_id", ID, nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("green_lane", sa.Boolean(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("due_rule", sa.String(length=200), nullable=True),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("follow_up_at", INSTANT, nullable=True),
        sa.Column("touched_at", INSTANT, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        sa.Column("closed_by", ID, nullable=True),
        sa.Column("on_behalf_of", ID, nullable=True),
        sa.Column("opened_by_item", ID, nullable=True),
        sa.Column("returned_by_item", ID, nullable=True),
        sa.Column("jump_back", sa.Boolean(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("urged", sa.Integer(), nullable=False),
        sa.Column("urged_at", INSTANT, nullable=True),
        sa.Column("local", JSON, nullable=False),
        sa.Column("answer", JSON, nullable=True),
        sa.CheckConstraint("kind in ('task','sign','consult')", name="ck_work_item_kind"),
        sa.CheckConstraint(
            "status in ('open','held','done','cancelled','returned','recalled')", name="ck_work_item_status"
        ),
        sa.ForeignKeyConstraint(["assignee_id"], ["user_account.id"], name="fk_work_item_assignee_id_user_account"),
        sa.ForeignKeyConstraint(["closed_by"], ["user_account.id"], name="fk_work_item_closed_by_user_account"),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name="fk_work_item_instance_id_instance"),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_work_item_issue_id_issue"),
        sa.ForeignKeyConstraint(["on_behalf_of"], ["user_account.id"], name="fk_work_item_on_behalf_of_user_account"),
        sa.ForeignKeyConstraint(["opened_by_item"], ["work_item.id"], name="fk_work_item_opened_by_item_work_item"),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name="fk_work_item_owner_id_user_account"),
        sa.ForeignKeyConstraint(["parent_id"], ["work_item.id"], name="fk_work_item_parent_id_work_item"),
        sa.ForeignKeyConstraint(["position_code"], ["position.code"], name="fk_work_item_position_code_position"),
        sa.ForeignKeyConstraint(["returned_by_item"], ["work_item.id"], name="fk_work_item_returned_by_item_work_item"),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name="fk_work_item_unit_code_unit"),
        sa.PrimaryKeyConstraint("id", name="pk_work_item"),
    )
    op.create_index("ix_work_item_done", "work_item", ["closed_by", "closed_at"], unique=False)
    op.create_index(
        "ix_work_item_inbox",
        "work_item",
        ["unit_code", "position_code", "green_lane", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_work_item_instance_id", "work_item", ["instance_id"], unique=False)
    op.create_index("ix_work_item_issue_id", "work_item", ["issue_id"], unique=False)
    op.create_index(
        "ix_work_item_mine",
        "work_item",
        ["assignee_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_work_item_parent_id", "work_item", ["parent_id"], unique=False)
    op.create_index(
        "ix_work_item_waiting",
        "work_item",
        ["owner_id"],
        unique=False,
        postgresql_where=sa.text("owner_id is not null"),
        sqlite_where=sa.text("owner_id is not null"),
    )
    op.create_index(
        "uq_work_item_task",
        "work_item",
        ["instance_id", "task_id"],
        unique=True,
        postgresql_where=sa.text("task_id is not null"),
        sqlite_where=sa.text("task_id is not null"),
    )

    op.create_table(
        "attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("issue_id", ID, nullable=True),
        sa.Column("work_item_id", ID, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.Column("uploaded_by", ID, nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issue.id"], name="fk_attachment_issue_id_issue"),
        sa.ForeignKeyConstraint(["uploaded_by"], ["user_account.id"], name="fk_attachment_uploaded_by_user_account"),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name="fk_attachment_work_item_id_work_item"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
    )
    op.create_index("ix_attachment_issue_id", "attachment", ["issue_id"], unique=False)
    op.create_index("ix_attachment_work_item_id", "attachment", ["work_item_id"], unique=False)

    op.create_table(
        "draft",
        sa.Column("work_item_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_draft_user_id_user_account"),
        sa.ForeignKeyConstraint(["work_item_id"], ["work_item.id"], name="fk_draft_work_item_id_work_item"),
        sa.PrimaryKeyConstraint("work_item_id", "user_id", name="pk_draft"),
    )


def downgrade() -> None:
    op.drop_table("draft")
    op.drop_index("ix_attachment_work_item_id", "attachment")
    op.drop_index("ix_attachment_issue_id", "attachment")

    op.drop_table("attachment")
    op.drop_index(
        "uq_work_item_task",
        "work_item",
        postgresql_where=sa.text("task_id is not null"),
        sqlite_where=sa.text("task_id is not null"),
    )
    op.drop_index(
        "ix_work_item_waiting",
        "work_item",
        postgresql_where=sa.text("owner_id is not null"),
        sqlite_where=sa.text("owner_id is not null"),
    )
    op.drop_index("ix_work_item_parent_id", "work_item")
    op.drop_index(
        "ix_work_item_mine",
        "work_item",
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.drop_index("ix_work_item_issue_id", "work_item")
    op.drop_index("ix_work_item_instance_id", "work_item")
    op.drop_index(
        "ix_work_item_inbox",
        "work_item",
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.drop_index("ix_work_item_done", "work_item")

    op.drop_table("work_item")
    op.drop_table("watch")
    op.drop_index("ix_copy_user_id", "copy")
    op.drop_index("ix_copy_unit_code_copy_position_code_copy_read_at", "copy")
    op.drop_index("ix_copy_instance_id", "copy")

    op.drop_table("copy")
    op.drop_index("ix_timer_due", "timer")

    op.drop_table("timer")
    op.drop_index("ix_issue_status_issue_due_at", "issue")
    op.drop_index("ix_issue_place_issue_status", "issue")
    op.drop_index("ix_issue_merged_into", "issue")
    op.drop_index("ix_issue_lead_unit_issue_status", "issue")
    op.drop_index("ix_issue_enterprise_id", "issue")

    op.drop_table("issue")
    op.drop_index("ix_incident_instance_id", "incident")

    op.drop_table("incident")
    op.drop_index("ix_history_actor", "history")

    op.drop_table("history")
    op.drop_index("ix_comment_instance_id", "comment")

    op.drop_table("comment")
    op.drop_index("ix_instance_definition_hash", "instance")

    op.drop_table("instance")
    op.drop_index("ix_user_session_user_id", "user_session")

    op.drop_table("user_session")
    op.drop_table("saved_view")
    op.drop_index("ix_post_user_id", "post")
    op.drop_index("ix_post_unit_code_post_position_code", "post")

    op.drop_table("post")
    op.drop_table("enterprise")
    op.drop_index(
        "uq_definition_current", "definition", postgresql_where=sa.text("current"), sqlite_where=sa.text("current")
    )
    op.drop_index("ix_definition_key", "definition")

    op.drop_table("definition")
    op.drop_table("calendar_version")
    op.drop_index("ix_absence_user_id", "absence")
    op.drop_index("ix_absence_stand_in_id", "absence")

    op.drop_table("absence")
    op.drop_table("user_account")
    op.drop_table("unit")
    op.drop_table("position")
    op.drop_index(
        "ix_outbox_due", "outbox", postgresql_where=sa.text("sent_at is null"), sqlite_where=sa.text("sent_at is null")
    )

    op.drop_table("outbox")
    op.drop_index("ix_idempotency_key_at", "idempotency_key")

    op.drop_table("idempotency_key")
