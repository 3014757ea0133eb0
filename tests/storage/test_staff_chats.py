"""An official's chat is linked by a code that works once, for ten minutes, and only the newest."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from offices.errors import DomainError
from storage import staff_chats
from storage.database import Database
from storage.staff_chats import BITS, VALID_FOR, LinkedChat
from tests.storage.officials import NOW, actions, add_chat, add_official, install


@pytest.fixture
async def commune(database: Database) -> Database:
    await database.write(install)
    return database


async def new_code(database: Database, staff_id: int) -> str:
    return await database.write(lambda c: staff_chats.make_link_code(c, staff_id, NOW))


async def test_a_code_links_the_chat_that_sends_it_however_it_is_typed(commune: Database) -> None:
    official, chat_id = await commune.write(lambda c: (add_official(c), add_chat(c)))
    code = await new_code(commune, official.id)
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')} "
    assert await commune.read(lambda c: staff_chats.of_chat(c, chat_id)) is None
    assert await commune.write(lambda c: staff_chats.redeem_link_code(c, typed, chat_id, NOW)) == official
    assert await commune.read(lambda c: staff_chats.of_chat(c, chat_id)) == official
    assert await commune.read(lambda c: staff_chats.linked_chats(c, official.id)) == [
        LinkedChat(chat_id, "telegram", NOW)
    ]
    assert (await commune.read(actions))[-2:] == ["staff_chat.code", "staff_chat.link"]


async def test_codes_carry_the_randomness_that_is_promised_and_fit_a_deep_link(commune: Database) -> None:
    official = await commune.write(add_official)
    codes = {await new_code(commune, official.id) for _ in range(20)}
    assert len(codes) == 20
    symbols = {len(code.replace("-", "")) for code in codes}
    assert symbols == {26}
    assert 26 * 5 >= BITS >= 128


async def test_a_code_works_once(commune: Database) -> None:
    official, first, second = await commune.write(lambda c: (add_official(c), add_chat(c), add_chat(c, "2")))
    code = await new_code(commune, official.id)
    await commune.write(lambda c: staff_chats.redeem_link_code(c, code, first, NOW))
    for chat_id in (first, second):
        with pytest.raises(DomainError, match="link_code_wrong"):
            await commune.write(partial(staff_chats.redeem_link_code, code=code, chat_id=chat_id, now=NOW))


async def test_of_two_chats_that_send_a_code_at_once_one_is_linked(commune: Database) -> None:
    official, *chats = await commune.write(lambda c: (add_official(c), add_chat(c), add_chat(c, "2")))
    code = await new_code(commune, official.id)
    attempts = (
        commune.write(partial(staff_chats.redeem_link_code, code=code, chat_id=chat_id, now=NOW)) for chat_id in chats
    )
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DomainError", "Staff"]
    assert len(await commune.read(lambda c: staff_chats.linked_chats(c, official.id))) == 1


async def test_a_second_code_takes_the_place_of_the_first(commune: Database) -> None:
    official, chat_id = await commune.write(lambda c: (add_official(c), add_chat(c)))
    first, second = await new_code(commune, official.id), await new_code(commune, official.id)
    with pytest.raises(DomainError, match="link_code_wrong"):
        await commune.write(lambda c: staff_chats.redeem_link_code(c, first, chat_id, NOW))
    await commune.write(lambda c: staff_chats.redeem_link_code(c, second, chat_id, NOW))


async def test_a_code_ends_after_ten_minutes(commune: Database) -> None:
    official, chat_id = await commune.write(lambda c: (add_official(c), add_chat(c)))
    code = await new_code(commune, official.id)
    late = NOW + VALID_FOR
    assert timedelta(minutes=10) >= VALID_FOR
    with pytest.raises(DomainError, match="link_code_expired"):
        await commune.write(lambda c: staff_chats.redeem_link_code(c, code, chat_id, late))
    just = late - timedelta(seconds=1)
    await commune.write(lambda c: staff_chats.redeem_link_code(c, code, chat_id, just))


@pytest.mark.parametrize("typed", ["", "xin chào", "\ud800\x00", "0" * 26, "Z" * 5000])
async def test_anything_else_is_no_code(commune: Database, typed: str) -> None:
    chat_id = await commune.write(add_chat)
    with pytest.raises(DomainError, match="link_code_wrong"):
        await commune.write(lambda c: staff_chats.redeem_link_code(c, typed, chat_id, NOW))


async def test_a_chat_serves_one_official_until_it_is_unlinked(commune: Database) -> None:
    official, other, chat_id = await commune.write(lambda c: (add_official(c), add_official(c, "khac"), add_chat(c)))
    code = await new_code(commune, official.id)
    await commune.write(lambda c: staff_chats.redeem_link_code(c, code, chat_id, NOW))
    others = await new_code(commune, other.id)
    with pytest.raises(DomainError, match="chat_linked"):
        await commune.write(lambda c: staff_chats.redeem_link_code(c, others, chat_id, NOW))
    with pytest.raises(DomainError, match="chat_not_linked"):
        await commune.write(lambda c: staff_chats.unlink(c, other.id, chat_id, now=NOW, actor="staff:2"))
    await commune.write(lambda c: staff_chats.unlink(c, official.id, chat_id, now=NOW, actor="staff:1"))
    assert await commune.read(lambda c: staff_chats.of_chat(c, chat_id)) is None
    assert await commune.write(lambda c: staff_chats.redeem_link_code(c, others, chat_id, NOW)) == other
