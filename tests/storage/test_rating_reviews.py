"""Findings are kept and renewed, decisions only added, and every figure can be read with and without."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, func, select

from offices.errors import DomainError
from storage import figures, flagged_ratings, kept_checks, rating_reviews
from storage.database import Database
from storage.figures import Scope
from storage.flagged_ratings import Filter, State
from storage.rating_reviews import MOST_AT_ONCE, Decision, Left, Verdict
from storage.tables import metadata
from storage.tables.audit import audit
from storage.tables.integrity import rating_review
from storage.tables.ratings import rating
from surveys.periods import year_period
from surveys.scoring import Tally
from tests.storage.officials import NOW, add_official, install
from tests.storage.ratings_world import NOON, VISIT, desk_at, rate

YEAR = year_period(2026)
ALL = Filter(YEAR, state=State.ALL)


def finished(connection: Connection, seconds: int, score: int = 5, unit: str = "VP") -> int:
    low: dict[str, int | str | None] = {"reason": "cost"} if score <= 2 else {}
    answers: dict[str, int | str | None] = {"overall": score, **low, "comment": None}
    number = rate(connection, visit=replace(VISIT, unit=unit), answers=answers)
    desk_at(connection, NOON + timedelta(seconds=seconds)).finish(number)
    return number


def check(connection: Connection) -> None:
    """Do a wanted check as the worker does."""
    assert kept_checks.want(connection, YEAR, now=NOW, actor="system")
    wanted = kept_checks.next_wanted(connection)
    assert wanted is not None
    assert kept_checks.keep(connection, wanted, kept_checks.look(connection, wanted.since, wanted.until), now=NOW)


def decide(connection: Connection, ratings: list[int], decision: Decision, staff_id: int) -> None:
    verdict = Verdict(ratings, decision, "Đã hỏi bộ phận trực")
    assert rating_reviews.decide(connection, verdict, staff_id=staff_id, now=NOW) == len(ratings)


async def test_what_a_check_finds_is_kept_and_renewed_while_decisions_stay(database: Database) -> None:
    def job(connection: Connection) -> None:
        install(connection)
        official = add_official(connection)
        fast, slow = finished(connection, 1), finished(connection, 40)
        check(connection)
        [found] = flagged_ratings.listed(connection, ALL, offset=0, limit=10)
        assert (found.rating, found.unit, found.suspect, dict(found.scores)) == (fast, "VP", True, {"overall": "5"})
        assert [(sign.detector, sign.value, sign.together) for sign in found.signs] == [("too_fast", 1.0, 1)]
        decide(connection, [fast], Decision.DOUBTFUL, official.id)
        late = finished(connection, 1)
        check(connection)
        assert flagged_ratings.numbers(connection, ALL) == [fast, late]
        assert flagged_ratings.numbers(connection, Filter(YEAR)) == [late]
        kept = kept_checks.latest(connection, YEAR)
        assert kept is not None
        assert (kept.ratings, kept.suspect, kept.last_rating, kept.rhythm_known) == (3, 2, late, False)
        assert kept.rules == kept_checks.rules_digest()
        assert kept_checks.latest(connection, year_period(2025)) is None
        with pytest.raises(DomainError, match="ratings_missing"):
            decide(connection, [slow], Decision.VALID, official.id)

    await database.write(job)


async def test_a_check_is_wanted_once_and_kept_by_one_worker(database: Database) -> None:
    def job(connection: Connection) -> None:
        finished(connection, 1)
        assert kept_checks.want(connection, YEAR, now=NOW, actor="staff:1")
        assert not kept_checks.want(connection, YEAR, now=NOW, actor="staff:2")
        assert kept_checks.waiting(connection) == 1
        wanted = kept_checks.next_wanted(connection)
        assert wanted is not None
        found = kept_checks.look(connection, wanted.since, wanted.until)
        assert [kept_checks.keep(connection, wanted, found, now=NOW) for _ in range(2)] == [True, False]
        assert flagged_ratings.matching(connection, ALL) == 1
        assert kept_checks.next_wanted(connection) is None

    await database.write(job)


async def test_decisions_are_added_never_changed_and_the_last_one_counts(database: Database) -> None:
    def job(connection: Connection) -> None:
        install(connection)
        official = add_official(connection)
        one, other = finished(connection, 1), finished(connection, 1, unit="CA")
        check(connection)
        decide(connection, [one], Decision.DOUBTFUL, official.id)
        decide(connection, [one], Decision.VALID, official.id)
        assert flagged_ratings.numbers(connection, replace(ALL, state=State.VALID)) == [one]
        assert flagged_ratings.numbers(connection, replace(ALL, state=State.DOUBTFUL)) == []
        assert flagged_ratings.numbers(connection, Filter(YEAR)) == [other]
        assert flagged_ratings.numbers(connection, Filter(YEAR, frozenset({"VP"}))) == []
        assert flagged_ratings.numbers(connection, Filter(YEAR, detector="burst")) == []
        [listed] = flagged_ratings.listed(connection, replace(ALL, state=State.VALID), offset=0, limit=5)
        assert [each.decision for each in listed.history] == [Decision.VALID, Decision.DOUBTFUL]
        assert {each.by for each in listed.history} == {official.name}
        trail = connection.scalars(select(audit.c.details).where(audit.c.action == "rating.review")).all()
        assert len(trail) == 2
        for verdict, key in (
            (Verdict([one], Decision.VALID, " \u200b"), "reason_missing"),
            (Verdict([one], Decision.VALID, "x" * 1001), "reason_too_long"),
            (Verdict([], Decision.VALID, "x"), "ratings_missing"),
            (Verdict(range(MOST_AT_ONCE + 1), Decision.VALID, "x"), "too_many_ratings"),
        ):
            with pytest.raises(DomainError, match=key):
                rating_reviews.decide(connection, verdict, staff_id=official.id, now=NOW)
        assert connection.scalar(select(func.count()).select_from(rating_review)) == 2
        connection.execute(delete(rating).where(rating.c.id == one))  # as an erasure does
        assert flagged_ratings.numbers(connection, ALL) == [other]

    await database.write(job)


async def test_a_rating_with_weak_signs_that_was_found_doubtful_does_not_count_as_decided(database: Database) -> None:
    def job(connection: Connection) -> None:
        install(connection)
        official = add_official(connection)
        hurried = finished(connection, 3)
        check(connection)
        assert flagged_ratings.numbers(connection, replace(ALL, state=State.WEAK)) == [hurried]
        decide(connection, [hurried], Decision.DOUBTFUL, official.id)
        suspect, decided = (rating_reviews.left_out(connection, "quick", "overall", Scope(YEAR), left) for left in Left)
        assert (suspect, decided) == ({}, {"VP": Tally((0, 0, 0, 0, 1))})

    await database.write(job)


FATES = st.lists(
    st.tuples(
        st.sampled_from([1, 40]), st.sampled_from([1, 2, 4, 5]), st.sampled_from(["VP", "CA"]),
        st.lists(st.sampled_from(list(Decision)), max_size=2),
    ),
    max_size=8,
)  # fmt: skip


@given(FATES)
@settings(deadline=None, max_examples=8)
def test_the_three_figures_are_what_counting_one_by_one_gives(
    fates: list[tuple[int, int, str, list[Decision]]],
) -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        metadata.create_all(connection)
        install(connection)
        official = add_official(connection)
        made = [(finished(connection, seconds, score, unit), seconds, score, unit, decisions)
                for seconds, score, unit, decisions in fates]  # fmt: skip
        check(connection)
        scope = Scope(YEAR)
        every = figures.by_unit(connection, "quick", scope)
        for number, seconds, _, _, decisions in made:
            for decision in decisions if seconds == 1 else ():
                decide(connection, [number], decision, official.id)
        for left in Left:
            found = rating_reviews.left_out(connection, "quick", "overall", scope, left)
            for unit in ("VP", "CA"):
                kept = [
                    score
                    for _, seconds, score, at, decisions in made
                    if at == unit and (seconds != 1 or (left is Left.DECIDED and decisions[-1:] == [Decision.VALID]))
                ]
                tally = every[unit].counts.tally("overall") - found.get(unit, Tally()) if unit in every else Tally()
                assert tally.counts == tuple(kept.count(score) for score in range(1, 6))
        suspects = flagged_ratings.suspects(connection, YEAR, None)
        assert sum(suspects.values()) == sum(seconds == 1 for _, seconds, *_ in made)
    engine.dispose()
