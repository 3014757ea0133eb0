"""The code of a poster, typed in any channel, begins what its link would begin."""

from random import Random

import pytest
from sqlalchemy import Connection, select

from storage import audit, entry_codes
from storage.tables.audit import audit as trail
from tests.bot.office import HEALTH, Office

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def code_of(office: Office, start: str = HEALTH) -> str:
    def make(connection: Connection) -> str:
        bits = Random(start).getrandbits  # noqa: S311 - the same each time
        return entry_codes.make(connection, start, actor="staff:1", now=office.at, random_bits=bits)

    return await office.database.write(make)


@ON_SQLITE
async def test_a_code_begins_the_rating_of_its_poster(office: Office) -> None:
    code = await code_of(office)
    assert await office.says(f"Gửi mã {code.lower()}") == await office.opens(HEALTH, who="2")


@ON_SQLITE
async def test_a_code_counts_in_the_middle_of_a_conversation_too(office: Office) -> None:
    code = await code_of(office)
    await office.says("phản ánh")
    await office.says(code)
    assert [script for script, _ in await office.statuses()] == ["petition", "rating"]


@ON_SQLITE
async def test_a_code_that_nobody_made_is_told_and_loses_no_answer(office: Office) -> None:
    code = await code_of(office)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for unknown in (wrong, "KS-0000"):
        assert "không dùng được" in await office.says(unknown, who=unknown)
    await office.says("phản ánh")
    assert "không dùng được" not in await office.says(wrong)
    assert [script for script, _ in await office.statuses()][-1] == "petition"


async def test_a_poster_keeps_its_code_and_shares_it_with_none(office: Office) -> None:
    codes = {await code_of(office, f"u_xa-mau_{number}") for number in range(20)}
    again = {await code_of(office, f"u_xa-mau_{number}") for number in range(20)}
    assert codes == again
    assert len(codes) == 20
    actions = await office.reads(lambda c: list(c.scalars(select(trail.c.action))))
    assert actions.count("entry_code.make") == 20
    assert await office.reads(lambda c: audit.verify(c)[1]) is None


@ON_SQLITE
async def test_a_number_that_is_taken_is_drawn_again(office: Office) -> None:
    first = await code_of(office)

    def make(connection: Connection) -> str:
        draws = iter([Random(HEALTH).getrandbits, Random("other").getrandbits])  # noqa: S311 - the same each time
        source = [next(draws)]

        def bits(length: int) -> int:
            drawn = source[0](length)
            source[0] = next(draws, source[0])
            return drawn

        return entry_codes.make(connection, "u_other", actor="staff:1", now=office.at, random_bits=bits)

    assert await office.database.write(make) != first
