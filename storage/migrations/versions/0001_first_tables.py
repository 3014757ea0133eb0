"""The tables of the first version.

There is no way back but a backup: a step that drops columns cannot bring their values again.
"""

import sqlalchemy as sa
from alembic import op

from storage.migrations import kinds

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, those first that others point to."""
    _audit()
    _dead_letter()
    _due()
    _event()
    _field()
    _person()
    _tally()
    _unit()
    _authority()
    _chat()
    _identity()
    _rating()
    _staff()
    _unit_closure()
    _unit_successor()
    _visit_token()
    _answer()
    _conversation()
    _outbox()
    _petition()
    _staff_chat()
    _staff_link_code()
    _web_session()
    _attachment()
    _petition_history()
    _petition_leg()
    _petition_pause()
    _petition_rating()
    _petition_reporter()
    _web_message()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.Column("actor", sa.String(length=48), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        comment="Each row carries the hash of the row before it; nothing is ever changed or removed.",
    )
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"])


def _dead_letter() -> None:
    op.create_table(
        "dead_letter",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("raw", kinds.JSON_VALUE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.CheckConstraint("state IN ('new', 'retried', 'discarded')", name=op.f("ck_dead_letter_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        comment="An event whose handling failed for good, kept whole.",
    )


def _due() -> None:
    op.create_table(
        "due",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("unique_key", sa.String(length=160), nullable=False),
        sa.Column("due_at", kinds.MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("payload", kinds.JSON_VALUE, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.CheckConstraint("state IN ('waiting', 'done', 'cancelled', 'failed')", name=op.f("ck_due_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_due_unique_key")),
        comment="Work that falls due: reminders, escalations, expiries. The key makes each happen once.",
    )
    op.create_index("ix_due_state_due_at", "due", ["state", "due_at"])


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("event_key", sa.String(length=128), nullable=False),
        sa.Column("taken_at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("channel", "account", "event_key", name=op.f("pk_event")),
        comment="One row per event taken: the key refuses the second delivery of the same one.",
    )
    op.create_index(op.f("ix_event_taken_at"), "event", ["taken_at"])


def _field() -> None:
    op.create_table(
        "field",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("words", kinds.JSON_VALUE, nullable=False),
        sa.CheckConstraint("scope IN ('administrative', 'public_service')", name=op.f("ck_field_scope")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_field")),
        sa.UniqueConstraint("position", name=op.f("uq_field_position")),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("created_at", kinds.MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        comment="A citizen under a number; nothing here says who it is.",
    )


def _tally() -> None:
    op.create_table(
        "tally",
        sa.Column("questionnaire", sa.String(length=32), nullable=False),
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("since", sa.Date(), nullable=False, comment="The day, or the first of the month"),
        sa.Column("item", sa.String(length=48), nullable=False),
        sa.Column(
            "value", sa.String(length=32), nullable=False, comment="Score, choice or state; empty for respondents"
        ),
        sa.Column("field", sa.String(length=64), nullable=False, comment="Empty when it is not known"),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("grain IN ('day', 'month')", name=op.f("ck_tally_grain")),
        sa.CheckConstraint("count >= 0", name=op.f("ck_tally_count")),
        sa.PrimaryKeyConstraint(
            "questionnaire",
            "grain",
            "unit",
            "since",
            "item",
            "value",
            "field",
            "service",
            "verified",
            "version",
            name=op.f("pk_tally"),
        ),
        comment="Counts kept in the transaction of each answer; the cells are told in surveys.tallies. Months make a year cheap to read, days the ragged ends of a reporting period exact.",
        sqlite_with_rowid=False,
    )


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_vi", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("short_name_vi", sa.Text(), nullable=False),
        sa.Column("short_name_en", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=64)),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("decision_number", sa.Text()),
        sa.Column("decision_signed_on", sa.Date()),
        sa.Column("fields", kinds.JSON_VALUE, nullable=False),
        sa.Column("aliases", kinds.JSON_VALUE, nullable=False),
        sa.CheckConstraint("(parent IS NULL) = (kind = 'authority')", name=op.f("ck_unit_only_an_authority_is_a_root")),
        sa.CheckConstraint(
            "(decision_number IS NULL) = (decision_signed_on IS NULL)", name=op.f("ck_unit_decision_is_whole")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_unit_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["parent"], ["unit.code"], name=op.f("fk_unit_parent_unit")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_unit")),
        sa.UniqueConstraint("position", name=op.f("uq_unit_position")),
        comment="A unit as it was from valid_from to valid_to, both inclusive; a code is never used again.",
    )
    op.create_index(op.f("ix_unit_parent"), "unit", ["parent"])


def _authority() -> None:
    op.create_table(
        "authority",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("preset", sa.String(length=64), nullable=False),
        sa.Column("title_vi", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("installed_at", kinds.MOMENT, nullable=False),
        sa.Column("reference_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_authority_only_one")),
        sa.ForeignKeyConstraint(["root"], ["unit.code"], name=op.f("fk_authority_root_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
        comment="The one authority served here; reference_version grows with every change of reference data.",
    )


def _chat() -> None:
    op.create_table(
        "chat",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("external_chat", sa.String(length=128), nullable=False),
        sa.Column("external_person", sa.String(length=128), nullable=False),
        sa.Column("person_id", kinds.KEY, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", kinds.MOMENT, nullable=False),
        sa.Column("last_seen_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("language IN ('vi', 'en')", name=op.f("ck_chat_language")),
        sa.CheckConstraint("state IN ('active', 'unreachable')", name=op.f("ck_chat_state")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_chat_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat")),
        sa.UniqueConstraint("channel", "account", "external_chat", name=op.f("uq_chat_channel_account_external_chat")),
        comment="How a person is reached. Only intake and delivery read the external ids.",
    )
    op.create_index(op.f("ix_chat_person_id"), "chat", ["person_id"])


def _identity() -> None:
    op.create_table(
        "identity",
        sa.Column("person_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("username", sa.Text()),
        sa.Column("phone", sa.Text()),
        sa.Column("updated_at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_identity_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_identity")),
        comment="Who a person is. Read only through storage.identity, which writes the audit trail.",
    )


def _rating() -> None:
    op.create_table(
        "rating",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("person_id", kinds.KEY, comment="NULL once the person is erased"),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64)),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("procedure", sa.String(length=64)),
        sa.Column("dossier", sa.String(length=64)),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("questionnaire", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("round", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="Local day it was begun: its answers count for this day"),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("started_at", kinds.MOMENT, nullable=False),
        sa.Column("closed_at", kinds.MOMENT),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_rating_closed_has_time")),
        sa.CheckConstraint("service IN ('tthc', 'agency', 'public_service')", name=op.f("ck_rating_service")),
        sa.CheckConstraint("state IN ('open', 'finished', 'abandoned')", name=op.f("ck_rating_state")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_rating_person_id_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint(
            "person_id",
            "subject",
            "questionnaire",
            "round",
            name=op.f("uq_rating_person_id_subject_questionnaire_round"),
        ),
        comment="One filled questionnaire: one per person, unit or dossier, questionnaire and round.",
    )
    op.create_index(op.f("ix_rating_unit_day"), "rating", ["unit", "day"])


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("roles", kinds.JSON_VALUE, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.Column("locked_until", kinds.MOMENT),
        sa.Column("last_login_at", kinds.MOMENT),
        sa.Column("created_at", kinds.MOMENT, nullable=False),
        sa.Column("activated_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint("login = lower(login) AND login <> ''", name=op.f("ck_staff_login_is_lower_case")),
        sa.CheckConstraint("failed_count >= 0", name=op.f("ck_staff_failed_count")),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_staff_unit_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_index(op.f("ix_staff_unit"), "staff", ["unit"])


def _unit_closure() -> None:
    op.create_table(
        "unit_closure",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_unit_closure_unit_unit")),
        sa.PrimaryKeyConstraint("unit", "day", name=op.f("pk_unit_closure")),
        comment="A day on which one unit is closed beyond the public holidays: flood, move, power cut.",
    )


def _unit_successor() -> None:
    op.create_table(
        "unit_successor",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("successor", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("unit <> successor", name=op.f("ck_unit_successor_not_itself")),
        sa.ForeignKeyConstraint(["successor"], ["unit.code"], name=op.f("fk_unit_successor_successor_unit")),
        sa.ForeignKeyConstraint(["unit"], ["unit.code"], name=op.f("fk_unit_successor_unit_unit")),
        sa.PrimaryKeyConstraint("unit", "successor", name=op.f("pk_unit_successor")),
    )
    op.create_index(op.f("ix_unit_successor_successor"), "unit_successor", ["successor"])


def _visit_token() -> None:
    op.create_table(
        "visit_token",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the token, in hex"),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64)),
        sa.Column("service", sa.String(length=16), nullable=False),
        sa.Column("procedure", sa.String(length=64)),
        sa.Column("dossier", sa.String(length=64)),
        sa.Column("assisted", sa.Boolean(), nullable=False),
        sa.Column("issued_at", kinds.MOMENT, nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False, comment="Local day, for counting invitations"),
        sa.Column("expires_at", kinds.MOMENT, nullable=False),
        sa.Column("used_by", kinds.KEY),
        sa.Column("used_at", kinds.MOMENT),
        sa.CheckConstraint("service IN ('tthc', 'agency', 'public_service')", name=op.f("ck_visit_token_service")),
        sa.CheckConstraint("expires_at > issued_at", name=op.f("ck_visit_token_expires_later")),
        sa.CheckConstraint("used_by IS NULL OR used_at IS NOT NULL", name=op.f("ck_visit_token_use_has_time")),
        sa.ForeignKeyConstraint(
            ["used_by"], ["person.id"], name=op.f("fk_visit_token_used_by_person"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_visit_token_digest")),
        comment="A single-use proof of one visit. Only its digest is kept: who reads the table can rate nothing.",
    )
    op.create_index(op.f("ix_visit_token_unit_issued_on"), "visit_token", ["unit", "issued_on"])
    op.create_index(op.f("ix_visit_token_used_by"), "visit_token", ["used_by"])


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("rating_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("item", sa.String(length=32), nullable=False),
        sa.Column("score", sa.SmallInteger()),
        sa.Column("choice", sa.String(length=32)),
        sa.Column("text", sa.Text()),
        sa.Column("answered_at", kinds.MOMENT, nullable=False),
        sa.CheckConstraint(
            "(score IS NOT NULL AND choice IS NULL AND text IS NULL) OR score IS NULL AND (choice IS NULL OR text IS NULL)",
            name=op.f("ck_answer_one_value"),
        ),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_answer_score")),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["rating.id"], name=op.f("fk_answer_rating_id_rating"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("rating_id", "item", name=op.f("pk_answer")),
        comment="One answered item; no value at all is an item that was skipped.",
        sqlite_with_rowid=False,
    )


def _conversation() -> None:
    op.create_table(
        "conversation",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("chat_id", kinds.KEY, nullable=False),
        sa.Column("script", sa.String(length=32), nullable=False),
        sa.Column("args", kinds.JSON_VALUE, nullable=False),
        sa.Column("journal", kinds.JSON_VALUE, nullable=False),
        sa.Column("asked", sa.String(length=64)),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("started_at", kinds.MOMENT, nullable=False),
        sa.Column("updated_at", kinds.MOMENT, nullable=False),
        sa.Column("reminded_at", kinds.MOMENT),
        sa.CheckConstraint(
            "status IN ('open', 'done', 'cancelled', 'paused', 'abandoned', 'failed')",
            name=op.f("ck_conversation_status"),
        ),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_conversation_chat_id_chat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        comment="A running or ended conversation; its journal replays the script to where it stands.",
    )
    op.create_index("ix_conversation_open_updated_at", "conversation", ["status", "updated_at"])
    op.create_index(
        "ix_conversation_paused_chat",
        "conversation",
        ["chat_id"],
        sqlite_where=sa.text("status = 'paused'"),
        postgresql_where=sa.text("status = 'paused'"),
    )
    op.create_index(
        "uq_conversation_open_chat",
        "conversation",
        ["chat_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("chat_id", kinds.KEY, nullable=False),
        sa.Column("body", kinds.JSON_VALUE, nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("unique_key", sa.String(length=160)),
        sa.Column("created_at", kinds.MOMENT, nullable=False),
        sa.Column("not_before", kinds.MOMENT, nullable=False),
        sa.Column("expires_at", kinds.MOMENT),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(length=32)),
        sa.Column("sent_at", kinds.MOMENT),
        sa.Column("message_ref", sa.String(length=64)),
        sa.Column("error", sa.Text()),
        sa.CheckConstraint(
            "state IN ('queued', 'sending', 'sent', 'unknown', 'refused', 'unreachable', 'expired')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_outbox_chat_id_chat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_outbox_unique_key")),
        comment="Every outgoing message; one sender takes rows under a lease, in order per chat.",
    )
    op.create_index("ix_outbox_chat_id_state", "outbox", ["chat_id", "state"])
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"])


def _petition() -> None:
    op.create_table(
        "petition",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("field", sa.String(length=64)),
        sa.Column("about", sa.String(length=64)),
        sa.Column("place_unit", sa.String(length=64)),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("pace", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", kinds.MOMENT, nullable=False),
        sa.Column("route_rule", sa.String(length=64)),
        sa.Column("kept_from", sa.String(length=64)),
        sa.Column("handler", kinds.KEY),
        sa.Column("draft", sa.Text()),
        sa.Column("drafted_by", kinds.KEY),
        sa.Column("approved_by", kinds.KEY),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_at", kinds.MOMENT),
        sa.Column("public_text", sa.Text()),
        sa.Column("public_answer", sa.Text()),
        sa.Column("published_at", kinds.MOMENT),
        sa.Column("reason", sa.String(length=32)),
        sa.Column("redirected_to", sa.Text()),
        sa.Column("closed_by", kinds.KEY),
        sa.Column("closed_at", kinds.MOMENT),
        sa.Column("result", sa.Text()),
        sa.Column("evidence", sa.Text()),
        sa.Column("resolved_at", kinds.MOMENT),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.Column("barred", kinds.JSON_VALUE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("late_from", kinds.MOMENT, nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.CheckConstraint("pace IN ('normal', 'urgent')", name=op.f("ck_petition_pace")),
        sa.CheckConstraint(
            "status <> 'published' OR published_at IS NOT NULL", name=op.f("ck_petition_published_has_its_time")
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_petition_rejected_has_a_reason")
        ),
        sa.CheckConstraint(
            "status IN ('received', 'triaged', 'forwarded', 'accepted', 'need_info', 'drafted', 'approved') OR closed_at IS NOT NULL",
            name=op.f("ck_petition_closed_has_its_time"),
        ),
        sa.CheckConstraint(
            "status IN ('received', 'triaged', 'forwarded', 'accepted', 'need_info', 'drafted', 'approved', 'answered', 'published', 'rejected', 'redirected', 'withdrawn')",
            name=op.f("ck_petition_status"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('answered', 'published') OR answer IS NOT NULL",
            name=op.f("ck_petition_answered_has_an_answer"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('received', 'triaged', 'forwarded', 'accepted', 'need_info', 'drafted', 'approved') OR closed_at IS NULL",
            name=op.f("ck_petition_open_is_not_closed"),
        ),
        sa.CheckConstraint("subject IN ('regulation', 'conduct', 'site')", name=op.f("ck_petition_subject")),
        sa.CheckConstraint("unit <> ''", name=op.f("ck_petition_has_an_owner")),
        sa.CheckConstraint(
            "resolved_at IS NULL OR (result IS NOT NULL AND evidence IS NOT NULL)",
            name=op.f("ck_petition_resolved_has_a_result"),
        ),
        sa.ForeignKeyConstraint(["approved_by"], ["staff.id"], name=op.f("fk_petition_approved_by_staff")),
        sa.ForeignKeyConstraint(["closed_by"], ["staff.id"], name=op.f("fk_petition_closed_by_staff")),
        sa.ForeignKeyConstraint(["drafted_by"], ["staff.id"], name=op.f("fk_petition_drafted_by_staff")),
        sa.ForeignKeyConstraint(["handler"], ["staff.id"], name=op.f("fk_petition_handler_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition")),
        sa.UniqueConstraint("code", name=op.f("uq_petition_code")),
        comment="One PAKN as its handlers see it: nothing here says who sent it.",
    )
    op.create_index("ix_petition_published_at", "petition", ["published_at"])
    op.create_index("ix_petition_status_late_from", "petition", ["status", "late_from"])
    op.create_index("ix_petition_unit_status_late_from", "petition", ["unit", "status", "late_from"])


def _staff_chat() -> None:
    op.create_table(
        "staff_chat",
        sa.Column("chat_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("staff_id", kinds.KEY, nullable=False),
        sa.Column("linked_at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_staff_chat_chat_id_chat")),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_chat_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_staff_chat")),
        comment="A chat serves one official; an official may link several.",
    )
    op.create_index(op.f("ix_staff_chat_staff_id"), "staff_chat", ["staff_id"])


def _staff_link_code() -> None:
    op.create_table(
        "staff_link_code",
        sa.Column("staff_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_link_code_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_link_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_staff_link_code_code_hash")),
        comment="The one code with which an official may link a chat now; a newer one takes its place.",
    )


def _web_session() -> None:
    op.create_table(
        "web_session",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("staff_id", kinds.KEY, nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("created_at", kinds.MOMENT, nullable=False),
        sa.Column("last_seen_at", kinds.MOMENT, nullable=False),
        sa.Column("expires_at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_web_session_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
        comment="A signed-in browser. The token is in its cookie only; here is its SHA-256.",
    )
    op.create_index(op.f("ix_web_session_expires_at"), "web_session", ["expires_at"])
    op.create_index(op.f("ix_web_session_staff_id"), "web_session", ["staff_id"])


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("petition_id", kinds.KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=48), nullable=False),
        sa.Column("mime", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_attachment_petition_id_petition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("ref", name=op.f("uq_attachment_ref")),
        comment="A file that came with the step `number`; its original name is not kept.",
    )
    op.create_index(op.f("ix_attachment_petition_id"), "attachment", ["petition_id"])


def _petition_history() -> None:
    op.create_table(
        "petition_history",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("petition_id", kinds.KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=16)),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("staff_id", kinds.KEY),
        sa.Column("details", kinds.JSON_VALUE, nullable=False),
        sa.CheckConstraint("(by = 'staff') = (staff_id IS NOT NULL)", name=op.f("ck_petition_history_staff_is_named")),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["petition.id"], name=op.f("fk_petition_history_petition_id_petition")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_petition_history_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_history")),
        sa.UniqueConstraint("petition_id", "number", name=op.f("uq_petition_history_petition_id_number")),
        comment="Every step, in order without a gap: the number is the petition's version after it. Append-only.",
    )


def _petition_leg() -> None:
    op.create_table(
        "petition_leg",
        sa.Column("petition_id", kinds.KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("look", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("started_at", kinds.MOMENT, nullable=False),
        sa.Column("rule_id", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("late_from", kinds.MOMENT, nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("refuse_by", sa.Date(), nullable=False),
        sa.Column("supplement_by", sa.Date(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("reminders", kinds.JSON_VALUE, nullable=False),
        sa.Column("ended_at", kinds.MOMENT),
        sa.Column("outcome", sa.String(length=16)),
        sa.Column("publish_by", sa.Date()),
        sa.Column("publish_late_from", kinds.MOMENT),
        sa.Column("published_at", kinds.MOMENT),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_petition_leg_ended_with_an_outcome")
        ),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= started_at", name=op.f("ck_petition_leg_ends_after_it_begins")
        ),
        sa.CheckConstraint("late_from > started_at", name=op.f("ck_petition_leg_due_after_it_begins")),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_petition_leg_petition_id_petition")),
        sa.PrimaryKeyConstraint("petition_id", "number", name=op.f("pk_petition_leg")),
        comment="The time one unit had the petition, with its own clock; at most one leg is open.",
    )
    op.create_index("ix_petition_leg_due_on", "petition_leg", ["due_on", "look"])
    op.create_index(
        "uq_petition_leg_open",
        "petition_leg",
        ["petition_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _petition_pause() -> None:
    op.create_table(
        "petition_pause",
        sa.Column("petition_id", kinds.KEY, nullable=False),
        sa.Column("leg", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_at", kinds.MOMENT, nullable=False),
        sa.Column("closed_at", kinds.MOMENT),
        sa.CheckConstraint(
            "closed_at IS NULL OR closed_at >= opened_at", name=op.f("ck_petition_pause_closes_after_it_opens")
        ),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_petition_pause_petition_id_petition")),
        sa.PrimaryKeyConstraint("petition_id", "leg", "number", name=op.f("pk_petition_pause")),
        comment="The ledger of the times in which the clock stood still because the sender had been asked.",
    )
    op.create_index(
        "uq_petition_pause_open",
        "petition_pause",
        ["petition_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _petition_rating() -> None:
    op.create_table(
        "petition_rating",
        sa.Column("petition_id", kinds.KEY, nullable=False),
        sa.Column("look", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_petition_rating_score")),
        sa.ForeignKeyConstraint(["petition_id"], ["petition.id"], name=op.f("fk_petition_rating_petition_id_petition")),
        sa.PrimaryKeyConstraint("petition_id", "look", name=op.f("pk_petition_rating")),
        comment="How the sender rated an answer: once for each look.",
    )


def _petition_reporter() -> None:
    op.create_table(
        "petition_reporter",
        sa.Column("petition_id", kinds.KEY, autoincrement=False, nullable=False),
        sa.Column("person_id", kinds.KEY, nullable=False),
        sa.Column("chat_id", kinds.KEY, nullable=False),
        sa.Column("identity_choice", sa.String(length=24), nullable=False),
        sa.CheckConstraint(
            "identity_choice IN ('shown_to_coordinator', 'hidden', 'none')",
            name=op.f("ck_petition_reporter_identity_choice"),
        ),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_petition_reporter_chat_id_chat")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_petition_reporter_person_id_person")),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["petition.id"], name=op.f("fk_petition_reporter_petition_id_petition")
        ),
        sa.PrimaryKeyConstraint("petition_id", name=op.f("pk_petition_reporter")),
        comment="Who sent a petition. Read only to send him messages and to check that a petition is his own.",
    )
    op.create_index(op.f("ix_petition_reporter_person_id"), "petition_reporter", ["person_id"])


def _web_message() -> None:
    op.create_table(
        "web_message",
        sa.Column("id", kinds.KEY, autoincrement=True, nullable=False),
        sa.Column("chat_id", kinds.KEY, nullable=False),
        sa.Column("at", kinds.MOMENT, nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("body", kinds.JSON_VALUE, nullable=False),
        sa.Column("outbox_id", kinds.KEY),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=op.f("fk_web_message_chat_id_chat")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_web_message_outbox_id_outbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_message")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_web_message_outbox_id")),
        comment="The lines of a web chat page, the person's own ones included.",
    )
    op.create_index(op.f("ix_web_message_chat_id_id"), "web_message", ["chat_id", "id"])
