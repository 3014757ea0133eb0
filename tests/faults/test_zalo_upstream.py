"""Whatever the wire to Zalo's OpenAPI does: what must come comes, and what must not come twice does not (R5, R9)."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from benchmarks.walks.serving import prepare
from storage.outbox import Urgency
from tests.faults.breaking import BlackHole, Trickle, kinds
from tests.faults.haste import Haste
from tests.faults.outcome import Outcome, Record, keep
from tests.faults.proxy import Fault
from tests.faults.watched import until
from tests.faults.zalo_site import BehindZalo, ZaloPost, behind_zalo

LONG = bool(os.environ.get("FAULTS_LONG"))
HASTE = Haste()
KINDS = kinds(HASTE.answer)
LETTERS = 5
LASTS = 1.0
"""Seconds that a fault lasts: longer than the patience with an answer."""
MANY = 200 if LONG else 10
PATIENCE = 600.0 if LONG else 30.0
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database of the sample commune, to copy."""
    path = tmp_path_factory.mktemp("commune") / "langnghe.db"
    asyncio.run(prepare(f"sqlite:///{path}"))
    return path


@pytest.fixture
def folder(prepared: Path, tmp_path: Path) -> Path:
    """Return a folder with a database of its own."""
    shutil.copy(prepared, tmp_path)
    return tmp_path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BehindZalo]:
    """Return one service that goes through one fault after the other, as in a bad week."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copy(prepared, folder)
    async with behind_zalo(folder, HASTE) as made:
        yield made


async def _settled(service: BehindZalo) -> None:
    """Wait until no letter is to be sent any more."""

    async def nothing_waits() -> bool:
        return not await service.open_letters()

    await until(nothing_waits, PATIENCE)


async def _keep(record: Record, name: str, service: BehindZalo, post: ZaloPost, tried: int) -> None:
    """Check and write down what became of the letters."""
    found, unknown = await post.counted(service.database)
    posts = sum(post.arrived(*Urgency).values())
    keep(record, Outcome(f"Zalo: {name}", tried, len(post.written), posts, found["lost"], found["doubled"], unknown))


@pytest.mark.parametrize("number", range(len(KINDS)), ids=[fault.name for fault in KINDS])
async def test_a_fault_that_ends_loses_and_doubles_nothing(
    number: int, service: BehindZalo, record_property: Record
) -> None:
    fault, before = KINDS[number], service.held()
    post = ZaloPost(service.fake, first_id=1000 * (number + 1))
    service.proxy.breaks(fault)
    await post.writes(service.database, LETTERS)
    await asyncio.sleep(LASTS)
    await service.ready()
    service.proxy.heals()
    await _settled(service)
    await service.ready()
    assert service.proxy.met[fault.name] > 2
    service.check_nothing_piles_up(before)
    await _keep(record_property, fault.name, service, post, service.proxy.met[fault.name])


async def test_all_kinds_by_turns_lose_and_double_nothing(folder: Path, record_property: Record) -> None:
    async with behind_zalo(folder, HASTE, seed=7) as service:
        post, before = ZaloPost(service.fake), service.held()
        service.proxy.breaks(*KINDS, share=0.3)
        await post.writes(service.database, MANY)
        await asyncio.sleep(20 * LASTS if LONG else LASTS)
        service.proxy.heals()
        await _settled(service)
        service.check_nothing_piles_up(before)
        await _keep(record_property, "all of these by turns", service, post, service.proxy.met.total())


async def test_nobody_at_the_port_costs_no_letter(folder: Path, record_property: Record) -> None:
    """Where connecting is refused nothing was sent, so that even a reminder is sent later."""
    async with behind_zalo(folder, HASTE) as service:
        post = ZaloPost(service.fake)
        await service.proxy.leaves()
        service.proxy.drops()
        await post.writes(service.database, LETTERS)
        await asyncio.sleep(LASTS)
        await service.ready()
        await service.proxy.returns()
        await _settled(service)
        assert set(post.arrived(*Urgency).values()) == {1}
        await _keep(record_property, "nobody at the port", service, post, 1)


@pytest.mark.parametrize("fault", [BlackHole(), Trickle("for ever", 0.2)], ids=lambda fault: fault.name)
async def test_a_chat_whose_sends_hang_holds_up_no_other(fault: Fault, folder: Path) -> None:
    async with behind_zalo(folder, Haste(answer=10.0)) as service:
        slow, others = ZaloPost(service.fake), ZaloPost(service.fake, first_id=2**42)
        await slow.writes(service.database, 1, [Urgency.REPLY])
        (phone, _), = slow.written.values()  # fmt: skip
        await _settled(service)
        service.proxy.breaks(fault, only=phone.person.id.encode())
        await slow.writes(service.database, 3, [Urgency.REPLY], to=phone)

        async def hangs() -> bool:
            return bool(service.proxy.met[fault.name])

        async def others_came() -> bool:
            return set(others.arrived(*Urgency).values()) == {1}

        await until(hangs, 5.0)
        await others.writes(service.database, 10)
        await until(others_came, 8.0)
        assert service.proxy.met[fault.name] == 1, "the slow one still hangs"
        service.proxy.heals()
        service.proxy.drops()
        await _settled(service)
        assert min(slow.arrived(Urgency.REPLY).values()) >= 1
