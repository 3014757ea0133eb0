"""Delivery by webhook: one update in flight per queue, the same one again until it is taken."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.fakes.telegram.mailbox import Mailbox, Waiting

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_LONGEST_PAUSE = 60.0


@dataclass(frozen=True)
class Hook:
    """What setWebhook was given."""

    url: str
    secret: str = field(default="", repr=False)
    max_connections: int = 40


@dataclass(frozen=True)
class Attempt:
    """One delivery and its answer; status 0 means that no answer came."""

    update_id: int
    status: int


@dataclass(frozen=True)
class Delivery:
    """How hard the server tries.

    pace          multiplies the real pauses (0, 2, 4, 8 ... s): 0.01 makes them quick
    most_retries  an update is given up after so many repeats, so that a test ends
    patience      seconds to wait for an answer (the real server: 60)
    """

    pace: float = 0.01
    most_retries: int = 8
    patience: float = 5.0


class Courier:
    """Brings updates to a webhook; `performs` does the call that an answer carries, whose result nobody learns."""

    def __init__(self, mailbox: Mailbox, delivery: Delivery) -> None:
        self.mailbox, self.delivery = mailbox, delivery
        self.hook: Hook | None = None
        self.attempts: list[Attempt] = []
        self.given_up: list[dict[str, Any]] = []
        self.last_error = ""
        self.performs: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self._round: asyncio.Task[None] | None = None

    async def set(self, hook: Hook | None) -> None:
        """Deliver to `hook` from now on, or nowhere."""
        await self.stop()
        self.hook = hook
        if hook is not None:
            self._round = asyncio.create_task(self._deliver(hook))

    async def stop(self) -> None:
        """End all deliveries."""
        if self._round is not None:
            self._round.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._round
        self._round = None

    async def _deliver(self, hook: Hook) -> None:
        """Give each queue a task while something waits in it."""
        busy: dict[tuple[str, int], asyncio.Task[None]] = {}
        limit = asyncio.Semaphore(hook.max_connections)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.delivery.patience)) as session:
            try:
                while True:
                    busy = {queue: task for queue, task in busy.items() if not task.done()}
                    for waiting in self.mailbox.waiting():
                        if waiting.queue not in busy:
                            busy[waiting.queue] = asyncio.create_task(self._bring(session, hook, waiting, limit))
                    await self.mailbox.changed(within=1.0)
            finally:
                for task in busy.values():
                    task.cancel()
                await asyncio.gather(*busy.values(), return_exceptions=True)

    async def _bring(
        self, session: aiohttp.ClientSession, hook: Hook, waiting: Waiting, limit: asyncio.Semaphore
    ) -> None:
        """Post one update until it is taken, obeying Retry-After, at most 1 + most_retries times."""
        for attempt in range(self.delivery.most_retries + 1):
            async with limit:
                status, asked = await self._post(session, hook, waiting.update)
            self.attempts.append(Attempt(waiting.update_id, status))
            if 200 <= status < 300:
                break
            self.last_error = f"Wrong response from the webhook: {status}" if status else "Connection failed"
            pause = min(2.0**attempt if attempt else 0.0, _LONGEST_PAUSE)
            await asyncio.sleep((pause if asked is None else asked) * self.delivery.pace)
        else:
            self.given_up.append(waiting.update)
        asyncio.get_running_loop().call_soon(self.mailbox.done, waiting)

    async def _post(
        self, session: aiohttp.ClientSession, hook: Hook, update: dict[str, Any]
    ) -> tuple[int, float | None]:
        """Return the status (0 without an answer) and the seconds of a Retry-After header."""
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        try:
            async with session.post(hook.url, json=update, headers=headers, allow_redirects=False) as answer:
                body = await answer.read()
                if answer.ok and self.performs is not None and answer.content_type == "application/json":
                    await self.performs(json.loads(body))
                asked = answer.headers.get("Retry-After", "")
                return answer.status, float(asked) if asked.isdigit() else None
        except (aiohttp.ClientError, TimeoutError):
            return 0, None
