"""Ratings in both databases: what the constraints hold, tokens, erasure."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from offices.units import Tier
from storage.database import Database
from storage.ratings import erase_person, stored_rating
from storage.recount import compare
from storage.tables.people import person
from storage.tables.ratings import answer, rating, tally, visit_token
from storage.visit_tokens import Invited, invited, issue, look, redeem
from surveys.desk import AlreadyRatedError, RatingState
from surveys.items import Answers, AnswerValue
from surveys.periods import month_period
from surveys.tokens import TokenError
from surveys.visits import Service, Visit
from tests.codes import TOKEN_KEY
from tests.storage.ratings_world import NOON, VISIT, add_person, desk_at, rate

TOKEN = TOKEN_KEY.write(12345678)


async def test_a_rating_comes_back_as_it_was_given(database: Database) -> None:
    visit = Visit("VP", None, Service.AGENCY, "H15-261008-0975", True, True, "1.004", Tier.COMMUNE)
    answers: dict[str, AnswerValue | None] = {"overall": 2, "reason": "cost", "comment": "Chờ lâu 😟"}
    number = await database.write(lambda conn: rate(conn, visit=visit, answers=dict(answers)))
    found = await database.read(lambda conn: stored_rating(conn, number))
    assert found is not None
    assert (found.visit, found.answers, found.day) == (visit, answers, date(2026, 11, 21))
    assert (found.questionnaire, found.version, found.state) == ("quick", 1, RatingState.OPEN)
    assert await database.read(lambda conn: stored_rating(conn, number + 1)) is None


def stored_answers(connection: Connection, number: int) -> Answers:
    found = stored_rating(connection, number)
    assert found is not None
    return found.answers


async def test_a_skipped_item_is_told_from_an_open_one(database: Database) -> None:
    number = await database.write(lambda conn: rate(conn, answers={"overall": 5, "comment": None}))
    assert await database.read(lambda conn: stored_answers(conn, number)) == {"overall": 5, "comment": None}


async def test_a_changed_answer_replaces_the_row_and_moves_both_counts(database: Database) -> None:
    def change(connection: Connection) -> None:
        desk = desk_at(connection)
        number = rate(connection, answers={"overall": 2, "reason": "cost"})
        desk.answer(number, "overall", 4)

    await database.write(change)
    rows = await database.read(lambda conn: conn.execute(select(tally)).all())
    assert sorted(row.grain for row in rows) == ["day-field", "month", "month-field", "year"]
    for row in rows:
        assert (row.respondents, row.answers, row.satisfied) == (1, 1, 1)
        assert {name for name, number in row.cells.items() if number} == {
            "@channel=terminal",
            "@rating=open",
            "overall=4",
        }
    assert (await database.read(compare)).is_equal
    assert await database.read(lambda conn: conn.scalar(select(func.count()).select_from(answer))) == 1


async def test_two_openings_at_once_give_one_rating(database: Database) -> None:
    someone = await database.write(add_person)

    def begin(connection: Connection) -> int:
        return desk_at(connection).begin(someone, VISIT, "quick", "telegram")

    numbers = await asyncio.gather(*(database.write(begin) for _ in range(8)))
    assert len(set(numbers)) == 1
    assert (await database.read(compare)).is_equal


async def test_answers_given_at_once_are_all_counted(database: Database) -> None:
    await asyncio.gather(*(database.write(rate) for _ in range(20)))
    counted = await database.read(lambda conn: conn.scalars(select(tally.c.cells)).all())
    assert [cells["overall=5"] for cells in counted] == [20, 20, 20, 20]
    assert (await database.read(compare)).is_equal


async def test_a_finished_rating_is_not_opened_again_in_its_round(database: Database) -> None:
    someone = await database.write(add_person)

    def finish(connection: Connection) -> None:
        desk_at(connection).finish(rate(connection, who=someone))

    await database.write(finish)
    with pytest.raises(AlreadyRatedError):
        await database.write(lambda conn: rate(conn, who=someone))
    tomorrow = NOON + timedelta(days=1)
    await database.write(lambda conn: rate(conn, who=someone, at=tomorrow))


async def test_the_database_itself_refuses_a_second_rating_of_a_round(database: Database) -> None:
    def twice(connection: Connection) -> None:
        rate(connection, who=add_person(connection))
        row = dict(connection.execute(select(rating)).mappings().one())
        connection.execute(insert(rating).values({name: value for name, value in row.items() if name != "id"}))

    with pytest.raises(IntegrityError):
        await database.write(twice)


@pytest.mark.parametrize(
    "values", [{"score": 6}, {"score": 0}, {"score": 3, "choice": "cost"}, {"choice": "cost", "text": "x"}]
)
async def test_the_database_itself_refuses_an_answer_that_cannot_be(
    database: Database, values: dict[str, object]
) -> None:
    def spoil(connection: Connection) -> None:
        number = rate(connection, answers={})
        connection.execute(insert(answer).values(rating_id=number, item="x", answered_at=NOON, **values))

    with pytest.raises(IntegrityError):
        await database.write(spoil)


async def test_an_erased_person_leaves_scores_but_no_link_and_no_words(database: Database) -> None:
    someone = await database.write(add_person)
    answers: dict[str, AnswerValue | None] = {"overall": 2, "reason": "cost", "comment": "Tôi ở thôn Mẫu"}
    await database.write(lambda conn: rate(conn, who=someone, answers=dict(answers)))
    persons = select(rating.c.person_id)
    assert await database.read(lambda conn: conn.scalars(persons).all()) == [someone]
    await database.write(lambda conn: erase_person(conn, someone))
    await database.write(lambda conn: conn.execute(person.delete().where(person.c.id == someone)))
    assert await database.read(lambda conn: conn.scalars(persons).all()) == [None]
    assert await database.read(lambda conn: conn.scalars(select(answer.c.text)).all()) == [None, None, None]
    assert (await database.read(compare)).is_equal


async def test_a_token_hands_on_the_level_of_its_dossier(database: Database) -> None:
    visit = replace(VISIT, dossier="H15-1", level=Tier.DISTRICT)
    token = await database.write(lambda conn: issue(conn, visit, TOKEN_KEY, NOON, NOON + timedelta(days=30)))
    assert await database.read(lambda conn: look(conn, TOKEN_KEY, token, None, NOON)) == replace(visit, verified=True)


def issue_sample(connection: Connection, visit: Visit = VISIT, at: datetime = NOON) -> None:
    issue(connection, visit, TOKEN_KEY, at, at + timedelta(days=30), lambda _bits: 12345678)


async def test_a_token_proves_its_visit_to_one_person(database: Database) -> None:
    await database.write(issue_sample)
    first, second = await database.write(add_person), await database.write(add_person)
    assert await database.read(lambda conn: look(conn, TOKEN_KEY, TOKEN, first, NOON)) == replace(VISIT, verified=True)
    typed = f"{TOKEN[:8]}-{TOKEN[8:]}".lower()
    assert await database.write(lambda conn: redeem(conn, TOKEN_KEY, typed, first, NOON)) == replace(
        VISIT, verified=True
    )
    assert (
        await database.write(lambda conn: redeem(conn, TOKEN_KEY, TOKEN, first, NOON + timedelta(days=90))) is not None
    )
    with pytest.raises(TokenError, match="token_used"):
        await database.write(lambda conn: redeem(conn, TOKEN_KEY, TOKEN, second, NOON))


async def test_an_expired_or_unknown_token_opens_nothing(database: Database) -> None:
    await database.write(issue_sample)
    someone = await database.write(add_person)
    with pytest.raises(TokenError, match="token_expired"):
        await database.write(lambda conn: redeem(conn, TOKEN_KEY, TOKEN, someone, NOON + timedelta(days=30)))
    with pytest.raises(TokenError, match="token_unknown"):
        await database.write(lambda conn: redeem(conn, TOKEN_KEY, TOKEN_KEY.write(7), someone, NOON))


async def test_the_table_of_tokens_does_not_hold_them(database: Database) -> None:
    await database.write(issue_sample)
    row = await database.read(lambda conn: conn.execute(select(visit_token)).one())
    assert TOKEN not in str(tuple(row))


async def test_invitations_are_counted_by_unit_and_period(database: Database) -> None:
    def issue_two(connection: Connection) -> None:
        issue_sample(connection)
        issue(connection, replace(VISIT, unit="CA"), TOKEN_KEY, NOON, NOON + timedelta(days=1))
        redeem(connection, TOKEN_KEY, TOKEN, add_person(connection), NOON)

    await database.write(issue_two)
    november, december = month_period(2026, 11), month_period(2026, 12)
    assert await database.read(lambda conn: invited(conn, november)) == Invited(2, 1)
    assert await database.read(lambda conn: invited(conn, november, {"CA"})) == Invited(1, 0)
    assert await database.read(lambda conn: invited(conn, december)) == Invited(0, 0)


DOSSIER = replace(VISIT, dossier="H15-261008-0975")


def two_slips(connection: Connection) -> tuple[list[str], list[int]]:
    until = NOON + timedelta(days=30)
    return [issue(connection, DOSSIER, TOKEN_KEY, NOON, until) for _ in range(2)], [
        add_person(connection) for _ in range(2)
    ]


def using(token: str, someone: int, at: datetime = NOON) -> Callable[[Connection], Visit]:
    return lambda connection: redeem(connection, TOKEN_KEY, token, someone, at)


def rating_by(token: str, someone: int) -> Callable[[Connection], int]:
    """Open a token and answer, in one transaction."""
    return lambda connection: rate(connection, visit=using(token, someone)(connection), who=someone)


async def test_a_dossier_with_two_tokens_is_rated_by_one_person(database: Database) -> None:
    tokens, people = await database.write(two_slips)
    both = (database.write(rating_by(*pair)) for pair in zip(tokens, people, strict=True))
    used = await asyncio.gather(*both, return_exceptions=True)
    refused = [each for each in used if isinstance(each, BaseException)]
    assert [each.key for each in refused if isinstance(each, TokenError)] == ["token_dossier_used"]
    assert len(refused) == 1
    assert await database.read(lambda conn: conn.scalar(select(func.count(visit_token.c.used_at)))) == 1


@pytest.mark.parametrize("same", [True, False], ids=["same slip", "another slip"])
async def test_a_token_that_was_opened_without_an_answer_opens_for_the_next_until_he_rates(
    database: Database, *, same: bool
) -> None:
    (slip, second), (first, other) = await database.write(two_slips)
    again = slip if same else second
    await database.write(using(slip, first))
    assert await database.read(lambda conn: look(conn, TOKEN_KEY, slip, None, NOON)) is not None
    await database.write(using(again, other))
    await database.write(using(slip, first))
    await database.write(rating_by(again, other))
    with pytest.raises(TokenError, match="token_used" if same else "token_dossier_used"):
        await database.write(using(slip, first))
    assert await database.write(using(again, other)) == replace(DOSSIER, verified=True)


async def test_a_token_left_without_an_answer_opens_for_nobody_else_when_it_has_expired(database: Database) -> None:
    (slip, _), (first, other) = await database.write(two_slips)
    await database.write(using(slip, first))
    late = NOON + timedelta(days=30)
    with pytest.raises(TokenError, match="token_expired"):
        await database.write(using(slip, other, late))
    assert await database.write(using(slip, first, late)) == replace(DOSSIER, verified=True)


async def test_a_dossier_rated_by_somebody_who_was_erased_since_stays_rated(database: Database) -> None:
    (slip, _), (first, other) = await database.write(two_slips)
    await database.write(rating_by(slip, first))
    await database.write(lambda conn: erase_person(conn, first))
    with pytest.raises(TokenError, match="token_used"):
        await database.write(using(slip, other))
    with pytest.raises(TokenError, match="token_used"):
        await database.read(lambda conn: look(conn, TOKEN_KEY, slip, None, NOON))


async def test_a_number_that_was_drawn_before_is_drawn_anew(database: Database) -> None:
    bits = iter([7, 7, 8])

    def twice(connection: Connection) -> list[str]:
        until = NOON + timedelta(days=30)
        return [issue(connection, VISIT, TOKEN_KEY, NOON, until, lambda _bits: next(bits)) for _ in range(2)]

    assert await database.write(twice) == [TOKEN_KEY.write(7), TOKEN_KEY.write(8)]
