"""Tokens of an Official Account: one process refreshes, nobody uses a token twice, a dead pair raises its alarm."""

import asyncio
import os
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from sqlalchemy import Connection, select

from bot.channels.zalo.client import Addresses, NoToken, Token, ZaloClient
from bot.channels.zalo.oauth import App, OAuthRefused, ZaloOAuth, pair_of
from bot.channels.zalo.tokens import TokenKeeper
from bot.leasing import Leasing
from storage import channel_states, leases, zalo_tokens
from storage.database import Database, StoreUnavailable
from storage.tables.audit import audit
from storage.tables.zalo import zalo_token
from storage.vault import Vault
from storage.zalo_replies import ReplyJournal
from storage.zalo_tokens import Pair
from tests.fakes.zalo import Console, FakeZalo

T = TypeVar("T")
BEGIN = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
VAULT = Vault("a sample secret of forty characters or so")
OA = Console().oa_id
TERM = timedelta(seconds=0.9)
TOKEN_PATH = "/v4/oa/access_token"
LONG = bool(os.environ.get("FAULTS_LONG"))
EXPIRIES = 200 if LONG else 25


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite alone: what differs on PostgreSQL is tried with the leases."""
    file = tmp_path / "langnghe.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


class Clock:
    now = BEGIN

    def __call__(self) -> datetime:
        return self.now


class Forgetful(Database):
    """A store that is away for as long as somebody says, or before whose writes something happens.

    refused  set once it was asked while it was away
    """

    is_away = False
    before_write: Callable[[], Awaitable[None]] | None = None
    refused: asyncio.Event

    async def read(self, job: Callable[[Connection], T]) -> T:
        self._look()
        return await super().read(job)

    async def write(self, job: Callable[[Connection], T]) -> T:
        self._look()
        if self.before_write is not None:
            await self.before_write()
        return await super().write(job)

    def _look(self) -> None:
        if self.is_away:
            self.refused.set()
            raise StoreUnavailable("away")


@pytest.fixture
async def forgetful(database_url: str) -> AsyncIterator[Forgetful]:
    opened = await Forgetful.open(database_url)
    assert isinstance(opened, Forgetful)
    opened.refused = asyncio.Event()
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def fake(clock: Clock) -> AsyncIterator[FakeZalo]:
    async with FakeZalo(clock=clock) as server:
        yield server


def app_of(fake: FakeZalo) -> App:
    return App(fake.console.app_id, fake.console.app_secret, "sample-verifier-of-43-characters-0123456789a")


def refreshed(fake: FakeZalo) -> Counter[str]:
    """Count how often each refresh token was shown to Zalo."""
    return Counter(each.shown for each in fake.world.oauth.exchanges)


def alive(fake: FakeZalo) -> tuple[str, str]:
    pair = fake.world.oauth.pair
    assert pair is not None
    return pair.access, pair.refresh


Make = Callable[..., TokenKeeper]


@pytest.fixture
async def keepers(database: Database, fake: FakeZalo, clock: Clock, tmp_path: Path) -> AsyncIterator[Make]:
    made: list[TokenKeeper] = []

    def make(vault: Vault = VAULT, folder: Path = tmp_path) -> TokenKeeper:
        oauth = ZaloOAuth(app_of(fake), fake.bases.oauth, timeout=2)
        leasing = Leasing(database, clock, term=TERM)
        journal = ReplyJournal(folder, vault)
        keeper = TokenKeeper(fake.console.oa_id, oauth, database, vault, journal, leasing, clock, pauses=(0.01, 0.01))
        made.append(keeper)
        return keeper

    yield make
    for each in made:
        await each.close()


async def authorise(database: Database, fake: FakeZalo, now: datetime) -> Pair:
    given = fake.world.oauth.issue()
    pair = Pair(given.access, given.refresh, given.access_until - now)
    oa_id = fake.console.oa_id
    await database.write(lambda c: zalo_tokens.authorise(c, VAULT, oa_id, pair, actor="staff:1", now=now))
    return pair


async def alarm(database: Database) -> str | None:
    found = await database.read(lambda c: channel_states.find(c, *zalo_tokens.place_of(OA)))
    return found.problem if found else None


async def test_a_token_is_read_from_the_store_and_nobody_else_can_read_it_there(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    pair = await authorise(database, fake, clock.now)
    assert await keepers().current() == Token(pair.access, 1)
    row = await database.read(lambda c: c.execute(select(zalo_token)).one())
    assert pair.access not in str(row)
    assert pair.refresh not in str(row)


async def test_without_consent_there_is_no_token_and_an_alarm(database: Database, keepers: Make) -> None:
    keeper = keepers()
    with pytest.raises(NoToken):
        await keeper.current()
    await keeper.round()
    assert await alarm(database) == "token_missing"


async def test_a_pair_is_replaced_after_four_fifths_of_its_life(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    keeper = keepers()
    clock.now += timedelta(hours=19, minutes=59)
    await keeper.round()
    assert fake.called(TOKEN_PATH) == []
    clock.now += timedelta(minutes=1)
    await keeper.round()
    assert await keepers().current() == Token(alive(fake)[0], 2)
    assert await alarm(database) is None


async def test_who_finds_the_token_over_refreshes_it_himself(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=26)
    assert await keepers().current() == Token(alive(fake)[0], 2)


async def test_a_refused_token_is_refreshed_once_for_all_who_ask(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    pair = await authorise(database, fake, clock.now)
    workers = [keepers() for _ in range(3)]
    first = await workers[0].current()
    clock.now += timedelta(hours=1)
    found = await asyncio.gather(*(each.after_refusal(first) for each in workers for _ in range(2)))
    assert set(found) == {Token(alive(fake)[0], 2)}
    assert refreshed(fake) == {pair.refresh: 1}


async def test_the_client_goes_on_with_the_token_that_follows(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    client = ZaloClient(Addresses(fake.bases.oauth, fake.bases.openapi, fake.bases.business), keepers(), timeout=2)
    assert (await client.get("/v2.0/oa/getoa", {})).data["name"] == fake.world.account.name
    clock.now += timedelta(hours=20)
    await keepers().round()
    assert (await client.get("/v2.0/oa/getoa", {})).is_good
    await client.close()


async def test_a_token_that_was_just_given_and_is_refused_is_not_refreshed(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    keeper = keepers()
    with pytest.raises(NoToken, match="just given"):
        await keeper.after_refusal(await keeper.current())
    assert fake.called(TOKEN_PATH) == []


async def test_a_token_that_came_while_the_clock_was_ahead_is_refreshed_once_it_is_refused(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    """A machine that begins its day with a wrong clock would else send nothing for as long as that was ahead."""
    pair = await authorise(database, fake, clock.now + timedelta(days=2))
    clock.now += timedelta(hours=25)
    assert await keepers().after_refusal(Token(pair.access, 1)) == Token(alive(fake)[0], 2)
    assert await keepers().current() == Token(alive(fake)[0], 2)


async def test_who_has_lost_the_lease_does_not_ask_with_the_token_again(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make, forgetful: Forgetful
) -> None:
    """By then another process asks with it."""
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    keeper = keepers()
    keeper.leasing = Leasing(forgetful, clock, term=TERM)
    keeper.pauses = (TERM.total_seconds() * 2,) * 2
    fake.next_answer(TOKEN_PATH, drop_connection=True)
    asking = asyncio.create_task(keeper.round())
    await fake.until_called(TOKEN_PATH)
    forgetful.is_away = True
    await asyncio.sleep(TERM.total_seconds() * 3)
    assert len(fake.called(TOKEN_PATH)) == 1
    forgetful.is_away = False
    await asking
    assert (await keepers().current()).version == 2


async def test_whose_lease_another_has_taken_does_not_ask_at_all(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make, forgetful: Forgetful
) -> None:
    """A process that paused between taking the lease and using the token."""
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    keeper, name, taken = keepers(), f"zalo-token:{OA}", asyncio.Event()
    keeper.database = forgetful

    async def take_away() -> None:
        if not taken.is_set():
            held = await database.read(lambda c: leases.read(c, name))
            take = partial(leases.acquire, name=name, holder="another", now=clock.now, term=TERM, dead=held)
            assert await database.write(take)
            taken.set()

    forgetful.before_write = take_away
    asking = asyncio.create_task(keeper.round())
    await taken.wait()
    await asyncio.sleep(TERM.total_seconds() / 2)
    assert fake.called(TOKEN_PATH) == []
    await asking
    assert len(fake.called(TOKEN_PATH)) == 1, "the other one does nothing, so the lease comes back"


async def test_a_reply_is_on_the_disk_while_it_cannot_be_committed(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make, forgetful: Forgetful
) -> None:
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    keeper = keepers()
    keeper.database = forgetful
    fake.next_answer(TOKEN_PATH, delay=0.2)
    asking = asyncio.create_task(keeper.round())
    await fake.until_called(TOKEN_PATH)
    forgetful.is_away = True
    await forgetful.refused.wait()  # the commit: the reply has come
    text = keeper.journal.find(OA, 1)
    assert text is not None
    assert pair_of(text).access == alive(fake)[0]
    forgetful.is_away = False
    await asking
    assert await keepers().current() == Token(alive(fake)[0], 2)
    assert keeper.journal.find(OA, 1) is None


async def test_a_reply_that_comes_after_the_lease_was_lost_is_kept(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make, forgetful: Forgetful
) -> None:
    """It is the only good pair: whoever asks next, with the same token, is refused."""
    pair = await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    keeper = keepers()
    keeper.leasing = Leasing(forgetful, clock, term=TERM)
    fake.next_answer(TOKEN_PATH, delay=TERM.total_seconds() * 1.5)
    asking = asyncio.create_task(keeper.round())
    await fake.until_called(TOKEN_PATH)
    forgetful.is_away = True
    await asyncio.sleep(TERM.total_seconds() * 2)
    assert await keepers().current() == Token(alive(fake)[0], 2)
    forgetful.is_away = False
    await asking
    assert refreshed(fake) == {pair.refresh: 1}
    assert await alarm(database) is None


async def test_a_request_that_zalo_never_got_is_repeated(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    fake.next_answer(TOKEN_PATH, times=2, drop_connection=True)
    await keepers().round()
    assert (await keepers().current()).version == 2


async def test_a_lost_reply_calls_the_administrator_in_the_transaction_that_gives_the_pair_up(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    pair = await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    fake.next_answer(TOKEN_PATH, drop_connection=True, does_it=True)
    keeper = keepers()
    await keeper.round()
    assert refreshed(fake) == {pair.refresh: 2}
    assert await alarm(database) == "token_dead"
    actions = await database.read(lambda c: list(c.scalars(select(audit.c.action).order_by(audit.c.seq))))
    assert actions == ["zalo_token.authorise", "zalo_token.give_up"]
    with pytest.raises(NoToken, match="dead"):
        await keeper.after_refusal(Token(pair.access, 1))
    await keeper.round()
    assert refreshed(fake) == {pair.refresh: 2}
    again = await authorise(database, fake, clock.now)
    assert await alarm(database) is None
    assert await keepers().current() == Token(again.access, 2)


async def test_too_many_calls_are_no_reason_to_give_up(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=23)
    fake.next_answer(TOKEN_PATH, error=-32)
    keeper = keepers()
    await keeper.round()
    assert await alarm(database) == "token_late"
    await keeper.round()
    assert await alarm(database) is None
    assert (await keeper.current()).version == 2


async def test_a_reply_that_was_not_committed_before_a_crash_is_committed_after_it(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make, tmp_path: Path
) -> None:
    pair = await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    reply = await keepers().oauth.refresh(pair.refresh)
    ReplyJournal(tmp_path, VAULT).keep(fake.console.oa_id, 1, reply.text)
    file = tmp_path / f"{fake.console.oa_id}-1.reply"
    assert reply.pair.access not in await asyncio.to_thread(file.read_text)
    # Meanwhile another machine, that has no such journal, has tried the dead token and given the pair up.
    await keepers(folder=tmp_path / "elsewhere").round()
    assert await alarm(database) == "token_dead"
    await keepers().round()
    assert await keepers().current() == Token(reply.pair.access, 2)
    assert await alarm(database) is None
    assert not await asyncio.to_thread(file.exists)


async def test_another_secret_key_gives_the_pair_up_with_its_reason(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    await authorise(database, fake, clock.now)
    clock.now += timedelta(hours=21)
    keeper = keepers(vault=Vault("another secret of forty characters or so"))
    with pytest.raises(NoToken, match="SECRET_KEY"):
        await keeper.current()
    await keeper.round()
    state = await keeper.state()
    assert state is not None
    assert (state.is_good, state.reason) == (False, "key")
    assert fake.called(TOKEN_PATH) == []


async def test_of_two_pairs_that_follow_the_same_one_the_first_stays(database: Database) -> None:
    first, second = (Pair(f"a{n}", f"r{n}", timedelta(hours=25)) for n in (1, 2))
    await database.write(lambda c: zalo_tokens.authorise(c, VAULT, OA, first, actor="system", now=BEGIN))
    assert await database.write(lambda c: zalo_tokens.follow(c, VAULT, OA, first, after=1, now=BEGIN))
    assert not await database.write(lambda c: zalo_tokens.follow(c, VAULT, OA, second, after=1, now=BEGIN))
    assert not await database.write(lambda c: zalo_tokens.give_up(c, OA, 1, "late", BEGIN))


async def test_a_restored_backup_uses_no_token(database: Database, fake: FakeZalo, keepers: Make) -> None:
    await authorise(database, fake, BEGIN)
    await database.write(lambda c: zalo_tokens.forget_restored(c, BEGIN))
    assert await alarm(database) == "token_dead"
    with pytest.raises(NoToken):
        await keepers().current()


async def test_four_workers_and_many_expiries_with_one_reply_in_twenty_lost(
    database: Database, fake: FakeZalo, clock: Clock, keepers: Make
) -> None:
    """Never a dead pair without its alarm, never two refreshes with one token; FAULTS_LONG=1: two hundred expiries."""
    draw = random.Random(20261121)  # noqa: S311 - the same losses each time
    await authorise(database, fake, clock.now)
    workers = [keepers() for _ in range(4)]
    deaths, lost = 0, set()
    for number in range(EXPIRIES):
        before = await workers[0].state()
        assert before is not None
        clock.now = before.refresh_at + timedelta(minutes=2)
        if number == 1 or draw.random() < 1 / 20:
            lost.add(alive(fake)[1])
            fake.next_answer(TOKEN_PATH, drop_connection=True, does_it=number == 1 or draw.random() < 1 / 2)
        await asyncio.gather(*(each.round() for each in workers))
        after = await workers[0].state()
        assert after is not None
        assert after != before
        if after.is_good:
            assert (await workers[1].after_refusal(Token("old", before.version))).value == alive(fake)[0]
        else:
            deaths += 1
            assert await alarm(database) == "token_dead"
            await authorise(database, fake, clock.now)
        assert await alarm(database) is None
    assert deaths > 0
    assert {token for token, times in refreshed(fake).items() if times > 1} <= lost


def test_the_challenge_is_that_of_rfc_7636() -> None:
    app = App("1", "s", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert app.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_consent_link_names_app_challenge_and_the_way_back() -> None:
    app = App("1234567890", "sample app secret", "sample-verifier-of-43-characters-0123456789a")
    url = ZaloOAuth(app).consent_url("https://langnghe.example/admin/zalo/callback", "sample state")
    query = parse_qs(urlsplit(url).query)
    assert urlsplit(url).path == "/v4/oa/permission"
    assert query == {
        "app_id": [app.app_id], "state": ["sample state"], "code_challenge": [app.challenge],
        "redirect_uri": ["https://langnghe.example/admin/zalo/callback"],
    }  # fmt: skip


async def test_a_code_gives_a_pair_once(fake: FakeZalo, keepers: Make) -> None:
    oauth = keepers().oauth
    asked = dict(parse_qsl(urlsplit(oauth.consent_url("https://langnghe.example/admin/zalo/callback", "s")).query))
    code = fake.world.oauth.consent(asked)
    assert (await oauth.exchange(code)).pair.access == alive(fake)[0]
    with pytest.raises(OAuthRefused, match="invalid or expired"):
        await oauth.exchange(code)


@pytest.mark.parametrize(("given", "seconds"), [('"90000"', 90000), ("3600", 3600), ('"soon"', 3600), ("-5", 3600)])
def test_the_life_of_a_token_may_be_written_as_text(given: str, seconds: int) -> None:
    pair = pair_of(f'{{"access_token": "a", "refresh_token": "r", "expires_in": {given}}}')
    assert pair.life == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["{}", '{"access_token": "a"}', '{"error": 0}', '{"error": "-118", "message": "no"}'])
def test_a_reply_without_both_tokens_is_a_refusal(text: str) -> None:
    with pytest.raises(OAuthRefused):
        pair_of(text)
