"""Delivery by webhook: signed, at least once, in no certain order, given up after five repeats (zalo.md, A3)."""

import asyncio
import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.zalo.oauth import Console

SIGNATURE_HEADER = "X-ZEvent-Signature"
PAUSES = (30.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds before each repeat."""


@dataclass(frozen=True)
class Attempt:
    """One delivery and its answer; status 0 means that no answer came in time."""

    event: str
    retry: int
    status: int


@dataclass(frozen=True)
class Delivery:
    """How the server delivers.

    pace      multiplies the real pauses: 0.0003 makes an hour a second
    patience  seconds to wait for an answer
    copies    how often each event is sent at once, as after an answer that got lost
    """

    pace: float = 0.0003
    patience: float = 2.0
    copies: int = 1


@dataclass(frozen=True)
class Event:
    """One event as it is posted: the same bytes each time."""

    name: str
    person: str
    raw: bytes
    timestamp: str
    headers: Mapping[str, str] = field(default_factory=dict)


def signature(console: Console, raw: bytes, timestamp: str) -> str:
    """Return the header's value: plain SHA-256 of app id, body, timestamp and the OA's secret key."""
    said = console.app_id.encode() + raw + timestamp.encode() + console.oa_secret_key.encode()
    return f"mac={hashlib.sha256(said).hexdigest()}"


class Courier:
    """Brings events to the webhook.

    address   where to; empty = nobody set a webhook, and events are lost
    muted     names of events that are switched off in the console
    disabled  Zalo gave up an event and delivers nothing until somebody switches the webhook on again
    """

    def __init__(self, console: Console, delivery: Delivery) -> None:
        self.console, self.delivery = console, delivery
        self.address = ""
        self.muted: set[str] = set()
        self.disabled = False
        self.attempts: list[Attempt] = []
        self.given_up: list[Event] = []
        self.lost: list[Event] = []
        self._held: list[Event] | None = None
        self._last: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def point_at(self, address: str) -> None:
        """Deliver to `address` from now on; switches a disabled webhook on again."""
        self.address, self.disabled = address, False

    def send(self, body: dict[str, Any], person: str, headers: Mapping[str, str] = {}) -> Event:
        """Begin to deliver an event, after what the same person did before."""
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        event = Event(str(body["event_name"]), person, raw, str(body["timestamp"]), headers)
        if event.name in self.muted:
            return event
        if self._held is not None:
            self._held.append(event)
        else:
            self.deliver(event)
        return event

    def hold(self) -> None:
        """Keep events back until `release`."""
        self._held = []

    def release(self, order: random.Random) -> None:
        """Deliver what was kept back, in another order."""
        held, self._held = self._held or [], None
        order.shuffle(held)
        for event in held:
            self.deliver(event)

    def deliver(self, event: Event) -> None:
        """Deliver an event, perhaps once more."""
        if not self.address or self.disabled:
            self.lost.append(event)
            return
        before = self._last.get(event.person)
        for _ in range(self.delivery.copies):
            task = asyncio.create_task(self._bring(event, before))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._last[event.person] = task

    async def settled(self, within: float = 5.0) -> None:
        """Wait until nothing is on its way. Raises TimeoutError after `within` seconds."""
        async with asyncio.timeout(within):
            while self._tasks:
                await asyncio.wait(tuple(self._tasks))

    async def stop(self) -> None:
        """End all deliveries."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _bring(self, event: Event, before: asyncio.Task[None] | None) -> None:
        """Post one event until it is taken; the repeats of an earlier one are not waited for."""
        if before is not None:
            await asyncio.wait((before,), timeout=self.delivery.patience)
        timeout = aiohttp.ClientTimeout(total=self.delivery.patience)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            for retry in range(len(PAUSES) + 1):
                status = await self._post(session, event, retry)
                self.attempts.append(Attempt(event.name, retry, status))
                if status == 200:
                    return
                if retry < len(PAUSES):
                    await asyncio.sleep(PAUSES[retry] * self.delivery.pace)
        self.given_up.append(event)
        self.disabled = True

    async def _post(self, session: aiohttp.ClientSession, event: Event, retry: int) -> int:
        """Return the status, 0 without an answer in time."""
        headers = {
            "Content-Type": "application/json",
            SIGNATURE_HEADER: signature(self.console, event.raw, event.timestamp),
            **event.headers,
            **({"num_retry": str(retry)} if retry else {}),
        }
        try:
            async with session.post(self.address, data=event.raw, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
