"""What every channel's wire goes through: the faults, their times, and what is alike in how letters pass them."""

import asyncio
import os

from storage.outbox import Urgency
from tests.faults.breaking import kinds
from tests.faults.haste import Haste
from tests.faults.letters import Fake, Letters, Phone
from tests.faults.proxy import Fault
from tests.faults.watched import Watched, until

LONG = bool(os.environ.get("FAULTS_LONG"))
HASTE = Haste()
KINDS = kinds(HASTE.answer)
LETTERS = 5
LASTS = 1.0
"""Seconds that a fault lasts: longer than the patience with an answer."""
SETTLES = 30.0
MANY = 200 if LONG else 10
"""Letters of each urgency that meet faults by chance."""
PATIENCE = 600.0 if LONG else SETTLES


async def go_by_turns(service: Watched, post: Letters[Fake, Phone]) -> None:
    """Write letters while three in ten exchanges break, each in another way; wait until all are through."""
    before = service.held()
    service.proxy.breaks(*KINDS, share=0.3)
    await post.writes(service.database, MANY)
    await asyncio.sleep(20 * LASTS if LONG else LASTS)
    service.proxy.heals()
    await service.settles(PATIENCE)
    service.check_nothing_piles_up(before)


async def hang_in_one_chat(
    service: Watched, slow: Letters[Fake, Phone], others: Letters[Fake, Phone], fault: Fault
) -> None:
    """Let what goes to one chat hang, and see that others get their letters meanwhile, and he his at last."""
    await slow.writes(service.database, 1, [Urgency.REPLY])
    (phone, _), = slow.written.values()  # fmt: skip
    await service.settles(SETTLES)
    service.proxy.breaks(fault, only=slow.mark(phone))
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
    await service.settles(SETTLES)
    assert min(slow.arrived(Urgency.REPLY).values()) >= 1
