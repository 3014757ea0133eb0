"""Whatever the wire to Zalo's OpenAPI does: what must come comes, and what must not come twice does not (R5, R9)."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from storage.outbox import Urgency
from tests.faults.breaking import BlackHole, Trickle
from tests.faults.haste import Haste
from tests.faults.outcome import Outcome, Record, keep
from tests.faults.proxy import Fault
from tests.faults.wire_faults import HASTE, KINDS, LASTS, LETTERS, SETTLES, go_by_turns, hang_in_one_chat
from tests.faults.zalo_site import BehindZalo, ZaloPost, behind_zalo

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BehindZalo]:
    """Return one service that goes through one fault after the other, as in a bad week."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copy(prepared, folder)
    async with behind_zalo(folder, HASTE) as made:
        yield made


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
    await service.settles(SETTLES)
    await service.ready()
    assert service.proxy.met[fault.name] > 2
    service.check_nothing_piles_up(before)
    await _keep(record_property, fault.name, service, post, service.proxy.met[fault.name])


async def test_all_kinds_by_turns_lose_and_double_nothing(folder: Path, record_property: Record) -> None:
    async with behind_zalo(folder, HASTE, seed=7) as service:
        post = ZaloPost(service.fake)
        await go_by_turns(service, post)
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
        await service.settles(SETTLES)
        assert set(post.arrived(*Urgency).values()) == {1}
        await _keep(record_property, "nobody at the port", service, post, 1)


@pytest.mark.parametrize("fault", [BlackHole(), Trickle("for ever", 0.2)], ids=lambda fault: fault.name)
async def test_a_chat_whose_sends_hang_holds_up_no_other(fault: Fault, folder: Path) -> None:
    async with behind_zalo(folder, Haste(answer=10.0)) as service:
        await hang_in_one_chat(service, ZaloPost(service.fake), ZaloPost(service.fake, first_id=2**42), fault)
