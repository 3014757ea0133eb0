"""Letters with a file through Zalo: free or not at all, once, whatever happens on the way."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.zalo.routes import Policy
from bot.letters import in_words
from bot.messages import News, Outgoing, SendOutcome
from storage import claims, outbox
from storage.facts import Ref
from storage.files import FolderStore
from storage.outbox import Urgency
from tests.bot.channels.test_zalo_attachments import CAPTION, kept
from tests.bot.channels.test_zalo_carrier import BILLED, CODE, CS, World, database_url, later, world
from tests.photos import photo
from tests.storage.documents import pdf

__all__ = ["database_url", "world"]

IMAGE = "/v2.0/oa/upload/image"
FREE = Policy(may_cost=False, cap=0)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """Return where the channel of `world` has its files."""
    return FolderStore(tmp_path / "files", spare=0)


async def attaches(world: World, store: FolderStore, content: bytes, number: int = 1) -> str:
    """Put a file into the outbox as it goes behind an answer; return its name in the store."""
    file = await kept(store, content, f"PA-{number}")
    await world.office.database.write(
        lambda c: outbox.put(
            c, chat_id=world.chat, key="petition_answered", params={"unit": Ref("unit", "xa-mau.kinh-te"),
            "code": CODE, "text": CAPTION}, file=asdict(file), unique_key=f"file:{number}", urgency=Urgency.NOTICE,
            now=world.office.at,
        )
    )  # fmt: skip
    return file.ref


def kinds(world: World) -> list[str]:
    return [seen.kind for seen in world.phone.sees() if seen.from_oa]


async def test_files_follow_their_answer_while_it_is_free(world: World, store: FolderStore) -> None:
    await world.tells()
    await attaches(world, store, photo(), 1)
    await attaches(world, store, pdf(), 2)
    sender = world.sender(FREE)
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert await world.states() == ["sent"] * 3
    assert kinds(world) == ["text", "image", "file"]


@pytest.mark.parametrize("days", [3, 9])
@pytest.mark.parametrize("policy", [FREE, BILLED])
async def test_a_file_is_never_paid_for_and_not_uploaded_before_it_may_go(
    world: World, store: FolderStore, days: int, policy: Policy
) -> None:
    later(world, days=days)
    await world.lists()
    await attaches(world, store, photo())
    sender = world.sender(policy)
    await sender.round()
    assert (await world.states(), world.fake.called(IMAGE), world.fake.called(CS)) == (["held"], [], [])
    await world.writes()
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert (await world.states(), kinds(world).count("image")) == (["sent"], 1)
    assert (world.fake.world.charged, await world.attempts()) == ([], [])


async def test_a_file_is_not_paid_for_whatever_is_said_of_it(world: World, store: FolderStore) -> None:
    later(world, days=3)
    news = News(1, "petition_answered", {"code": CODE})
    told = Outgoing(CAPTION, news=news, file=await kept(store, photo()))
    result = await world.sender(BILLED).channels["zalo"].send(world.phone.person.id, told)
    assert (result.outcome, result.retry_after) == (SendOutcome.PARKED, None)
    assert (world.fake.called(CS), await world.attempts()) == ([], [])


async def test_where_zalo_sees_no_window_the_file_waits_for_the_person(world: World, store: FolderStore) -> None:
    await world.lists()
    world.phone.person.last = world.office.at - timedelta(days=30)
    await attaches(world, store, photo())
    sender = world.sender()
    await sender.round()
    assert (await world.states(), len(world.fake.called(IMAGE))) == (["held"], 1)
    await world.writes()
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert (await world.states(), kinds(world).count("image")) == (["sent"], 1)
    assert world.fake.world.charged == []


async def test_a_kill_between_upload_and_message_brings_the_message_once(world: World, store: FolderStore) -> None:
    await attaches(world, store, photo())
    sender, now = world.sender(), world.office.at
    [letter] = await sender.database.write(
        lambda c: claims.claim(c, now=now, lease=timedelta(seconds=90), token="t" * 32, limit=1)
    )
    world.fake.next_answer(IMAGE, delay=0.3)  # taken at once, told later
    sending = asyncio.create_task(
        sender.channels["zalo"].send(world.phone.person.id, in_words(letter, sender.words))
    )  # fmt: skip
    await world.fake.until_called(IMAGE)
    await asyncio.sleep(0.1)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert (len(world.fake.world.uploads.by_id), kinds(world)) == (1, [])
    later(world, seconds=91)
    await world.sender().round()
    assert (await world.states(), kinds(world)) == (["sent"], ["image"])
    assert len(world.fake.world.uploads.by_id) == 2


async def test_an_upload_without_an_answer_is_tried_again_and_the_message_comes_once(
    world: World, store: FolderStore
) -> None:
    await attaches(world, store, photo())
    world.fake.next_answer(IMAGE, drop_connection=True, does_it=True)
    sender = world.sender()
    for _ in range(3):
        await sender.round()
        later(world, seconds=30)
    assert (await world.states(), kinds(world)) == (["sent"], ["image"])


async def test_a_file_that_is_gone_does_not_stop_what_comes_behind_it(world: World, store: FolderStore) -> None:
    ref = await attaches(world, store, photo())
    await store.remove(ref)
    await world.tells()
    sender = world.sender()
    for _ in range(2):
        await sender.round()
        later(world, seconds=6)
    assert await world.states() == ["sent", "sent"]
    assert "không còn được lưu" in world.heard()[0]


@pytest.mark.parametrize("policy", [FREE, BILLED])
async def test_a_window_that_could_close_during_an_upload_is_taken_for_closed(
    world: World, store: FolderStore, policy: Policy
) -> None:
    """What begins as free and arrives after the 48 hours would be billed, and an upload may take minutes."""
    await attaches(world, store, photo())
    later(world, hours=48)
    later(world, seconds=-30)
    world.fake.next_answer(IMAGE, delay=0.3)
    sender = world.sender(policy)
    sending = asyncio.create_task(sender.round())
    await asyncio.sleep(0.1)
    later(world, seconds=60)
    await sending
    assert (await world.states(), kinds(world), world.fake.called(IMAGE)) == (["held"], [], [])
    await world.writes()
    for _ in range(3):
        await sender.round()
        later(world, seconds=6)
    assert (await world.states(), kinds(world).count("image"), world.fake.world.charged) == (["sent"], 1, [])
