"""The lifecycle table: whole, closed where it must be, and the same as its page."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from petitions.kinds import Subject
from petitions.lifecycle import (
    OPEN,
    TRANSITIONS,
    Event,
    Need,
    Relation,
    Status,
    allowed,
    next_status,
    transition,
)
from petitions.lifecycle_page import page
from petitions.names import names, reasons

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"
CLOSED = set(Status) - set(OPEN)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_a_random_walk_never_leaves_the_table(data: st.DataObject) -> None:
    status = Status.RECEIVED
    for _ in range(data.draw(st.integers(0, 25))):
        events = allowed(status, Relation)
        if not events:
            assert status is Status.WITHDRAWN
            return
        event = data.draw(st.sampled_from(events))
        following = next_status(status, event)
        if status in CLOSED and following in OPEN:
            assert event is Event.SECOND_LOOK
        status = following


def test_what_is_closed_stays_closed_but_for_a_second_look() -> None:
    reopening = {row.event for row in TRANSITIONS.values() if row.status in CLOSED and row.next in OPEN}
    assert reopening == {Event.SECOND_LOOK}


def test_every_status_can_be_reached_and_every_event_happens() -> None:
    reached, grown = set[Status](), {Status.RECEIVED}
    while reached != grown:
        reached = set(grown)
        grown |= {row.next for row in TRANSITIONS.values() if row.status in reached}
    assert reached == set(Status)
    assert {row.event for row in TRANSITIONS.values()} == set(Event)


@pytest.mark.parametrize("status", OPEN)
def test_the_sender_may_withdraw_whatever_is_open(status: Status) -> None:
    assert Event.WITHDRAW in allowed(status, [Relation.REPORTER])


@pytest.mark.parametrize("status", OPEN)
def test_somebody_of_the_authority_can_move_whatever_is_open(status: Status) -> None:
    moves = [row for row in TRANSITIONS.values() if row.status is status and row.next is not status]
    assert any(row.who & {Relation.HANDLER, Relation.LEADER, Relation.COORDINATOR} for row in moves)


def test_only_a_leader_approves_and_only_after_a_draft() -> None:
    assert [row.who for row in TRANSITIONS.values() if row.event is Event.APPROVE] == [{Relation.LEADER}]
    before = {row.status for row in TRANSITIONS.values() if row.next is Status.ANSWERED and row.status in OPEN}
    assert before == {Status.APPROVED}


def test_the_sender_never_takes_a_step_of_the_authority() -> None:
    own = {row.event for row in TRANSITIONS.values() if Relation.REPORTER in row.who}
    assert own == {Event.SUPPLY, Event.WITHDRAW, Event.ADD, Event.RATE_ANSWER, Event.SECOND_LOOK}
    assert all(row.who == {Relation.REPORTER} for row in TRANSITIONS.values() if row.event in own)


def test_the_clock_stands_still_only_while_the_sender_is_asked() -> None:
    assert [status for status in Status if status.is_waiting] == [Status.NEED_INFO]
    assert transition(Status.NEED_INFO, Event.REMIND) is None


def test_nobody_may_do_anything_without_a_relation() -> None:
    assert all(allowed(status, []) == () for status in Status)


def test_everything_has_its_names_in_both_languages() -> None:
    expected = {
        "status": set(Status), "event": {"submit", *Event}, "relation": set(Relation), "need": set(Need),
        "subject": set(Subject),
    }  # fmt: skip
    for kind, codes in expected.items():
        assert set(names(kind)) == codes
    assert all(reason.source and reason.way_out["vi"] != reason.way_out["en"] for reason in reasons().values())


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
