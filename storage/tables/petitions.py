"""Petitions, apart from them who sent them, and their history, legs, pauses, files and ratings."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from petitions.deadlines import Pace
from petitions.kinds import Subject
from petitions.lifecycle import OPEN, Status
from petitions.model import IdentityChoice, Outcome
from storage.tables.base import Json, Key, Utc, key_column, metadata


def _one_of(column: str, values: type[Status | Subject | Pace | IdentityChoice | Outcome]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


_OPEN = ", ".join(f"'{status}'" for status in OPEN)

petition = Table(
    "petition",
    metadata,
    key_column(),
    Column("code", String(20), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("subject", String(16), nullable=False),
    Column("field", String(64)),
    Column("about", String(64)),
    Column("place_unit", String(64)),
    Column("place", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("pace", String(16), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("submitted_at", Utc, nullable=False),
    Column("route_rule", String(64)),
    Column("kept_from", String(64)),
    Column("handler", Key, ForeignKey("staff.id")),
    Column("draft", Text),
    Column("drafted_by", Key, ForeignKey("staff.id")),
    Column("approved_by", Key, ForeignKey("staff.id")),
    Column("answer", Text),
    Column("answered_at", Utc),
    Column("public_text", Text),
    Column("public_answer", Text),
    Column("published_at", Utc),
    Column("reason", String(32)),
    Column("redirected_to", Text),
    Column("closed_by", Key, ForeignKey("staff.id")),
    Column("closed_at", Utc),
    Column("result", Text),
    Column("evidence", Text),
    Column("resolved_at", Utc),
    Column("looks", SmallInteger, nullable=False),
    Column("barred", Json, nullable=False),
    Column("version", Integer, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("late_from", Utc, nullable=False),
    Column("folded", Text, nullable=False),
    Column("draft_step", Integer, comment="In which the draft was written; its files stand under it"),
    _one_of("status", Status),
    _one_of("subject", Subject),
    _one_of("pace", Pace),
    CheckConstraint("unit <> ''", name="has_an_owner"),
    CheckConstraint(f"status NOT IN ({_OPEN}) OR closed_at IS NULL", name="open_is_not_closed"),
    CheckConstraint(f"status IN ({_OPEN}) OR closed_at IS NOT NULL", name="closed_has_its_time"),
    CheckConstraint("status NOT IN ('answered', 'published') OR answer IS NOT NULL", name="answered_has_an_answer"),
    CheckConstraint("status <> 'published' OR published_at IS NOT NULL", name="published_has_its_time"),
    CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name="rejected_has_a_reason"),
    CheckConstraint(
        "resolved_at IS NULL OR (result IS NOT NULL AND evidence IS NOT NULL)", name="resolved_has_a_result"
    ),
    Index("ix_petition_unit_status_late_from", "unit", "status", "late_from"),
    Index("ix_petition_status_late_from", "status", "late_from"),
    Index("ix_petition_published_at", "published_at"),
    comment="One PAKN as its handlers see it: nothing here says who sent it.",
)

petition_reporter = Table(
    "petition_reporter",
    metadata,
    Column("petition_id", Key, ForeignKey("petition.id"), primary_key=True, autoincrement=False),
    Column("person_id", Key, ForeignKey("person.id"), nullable=False, index=True),
    Column("chat_id", Key, ForeignKey("chat.id"), nullable=False),
    Column("identity_choice", String(24), nullable=False),
    _one_of("identity_choice", IdentityChoice),
    comment="Who sent a petition. Read only to send him messages and to check that a petition is his own.",
)

petition_history = Table(
    "petition_history",
    metadata,
    key_column(),
    Column("petition_id", Key, ForeignKey("petition.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("event", String(16), nullable=False),
    Column("before", String(16)),
    Column("after", String(16), nullable=False),
    Column("by", String(16), nullable=False),
    Column("unit", String(64), nullable=False),
    Column("staff_id", Key, ForeignKey("staff.id")),
    Column("details", Json, nullable=False),
    UniqueConstraint("petition_id", "number"),
    CheckConstraint("(by = 'staff') = (staff_id IS NOT NULL)", name="staff_is_named"),
    comment="Every step, in order without a gap: the number is the petition's version after it. Append-only.",
)

petition_leg = Table(
    "petition_leg",
    metadata,
    Column("petition_id", Key, ForeignKey("petition.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("look", SmallInteger, nullable=False),
    Column("unit", String(64), nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("rule_id", String(64), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("late_from", Utc, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("refuse_by", Date, nullable=False),
    Column("supplement_by", Date, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("reminders", Json, nullable=False),
    Column("ended_at", Utc),
    Column("outcome", String(16)),
    Column("publish_by", Date),
    Column("publish_late_from", Utc),
    Column("published_at", Utc),
    CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="ended_with_an_outcome"),
    CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_it_begins"),
    CheckConstraint("late_from > started_at", name="due_after_it_begins"),
    Index(
        "uq_petition_leg_open",
        "petition_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_petition_leg_due_on", "due_on", "look"),
    comment="The time one unit had the petition, with its own clock; at most one leg is open.",
)

petition_pause = Table(
    "petition_pause",
    metadata,
    Column("petition_id", Key, ForeignKey("petition.id"), primary_key=True),
    Column("leg", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("opened_at", Utc, nullable=False),
    Column("closed_at", Utc),
    CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closes_after_it_opens"),
    Index(
        "uq_petition_pause_open",
        "petition_id",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    comment="The ledger of the times in which the clock stood still because the sender had been asked.",
)

attachment = Table(
    "attachment",
    metadata,
    key_column(),
    Column("petition_id", Key, ForeignKey("petition.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("ref", String(48), nullable=False, unique=True),
    Column("mime", String(128), nullable=False),
    Column("size", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    comment="A file that came with the step `number`; its original name is not kept.",
)

answer_file = Table(
    "answer_file",
    metadata,
    Column("petition_id", Key, ForeignKey("petition.id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("place", SmallInteger, primary_key=True),
    Column("ref", String(48), nullable=False, index=True),
    Column("mime", String(128), nullable=False),
    Column("size", Integer, nullable=False),
    comment="A file of the draft that was written in the step, and of the answer that it became. One may be kept"
    " for the next draft, under a row of that step.",
)

petition_rating = Table(
    "petition_rating",
    metadata,
    Column("petition_id", Key, ForeignKey("petition.id"), primary_key=True),
    Column("look", SmallInteger, primary_key=True),
    Column("score", SmallInteger, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("unit", String(64), nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    comment="How the sender rated an answer: once for each look.",
)
