"""The load, a process of its own: many phones, each sending its next update only after the 200 of the one before.

After each 200 a phone looks into the database for the message that answers it: the 200 promised that it is there.
Prints one line of JSON (`Load.as_json`).
"""

import argparse
import asyncio
import itertools
import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.walks import walk
from benchmarks.walks.walk import Json

LONGEST_SECONDS = 120
FIRST_PERSON = 10_000_000
WARM_CHATS = 20


@dataclass(slots=True)
class Mailbox:
    """Reads the messages for the phones from the SQLite file of the stack."""

    connection: sqlite3.Connection

    @classmethod
    def of(cls, database: Path) -> "Mailbox":
        """Open the file for reading only."""
        return cls(sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None, timeout=30))

    def reply_to(self, update_id: int) -> Json:
        """Return the body of the message that answers an update; LookupError when the 200 promised too much."""
        query = "SELECT body FROM outbox WHERE unique_key = ?"
        row = self.connection.execute(query, (walk.reply_key(update_id),)).fetchone()
        if row is None:
            raise LookupError(f"update {update_id} was acknowledged before it was stored")
        body: Json = json.loads(row[0])
        return body


@dataclass(slots=True)
class Wire:
    """One kept-open HTTP connection; written out by hand so that the load costs little beside what it measures."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> "Wire":
        """Connect to a server of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def post(self, update: Json) -> None:
        """Send an update; return with its 200, ConnectionError for any other answer."""
        body = json.dumps(update, ensure_ascii=False).encode()
        head = (
            f"POST {walk.PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {walk.SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        await self.reader.readexactly(int(length or 0))
        if not answer.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(f"the webhook answered {answer.partition(bytes([13]))[0].decode()}")


@dataclass(slots=True)
class Load:
    """What was sent, and when each 200 came (seconds of a monotonic clock) after how long."""

    acks: list[tuple[float, float]] = field(default_factory=list)
    walks: int = 0
    update_ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    persons: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST_PERSON))

    async def walk(self, wire: Wire, mailbox: Mailbox) -> None:
        """Walk once, as somebody new."""
        person, number = next(self.persons), self.walks
        self.walks += 1
        update_id = next(self.update_ids)
        await self._send(wire, walk.opening(update_id, person))
        for step in range(len(walk.ENDINGS)):
            data = walk.chosen(mailbox.reply_to(update_id)["buttons"], step, number)
            update_id = next(self.update_ids)
            await self._send(wire, walk.press(update_id, person, 2 * step + 2, data))
        mailbox.reply_to(update_id)

    async def _send(self, wire: Wire, update: Json) -> None:
        begun = time.perf_counter()
        await wire.post(update)
        now = time.perf_counter()
        self.acks.append((now, now - begun))

    def as_json(self, began: float, until: float) -> Json:
        """Return the rate and the waiting of what was acknowledged within a span, and how much was sent at all."""
        waits = sorted(wait for at, wait in self.acks if began < at <= until)
        ended = min(until, max(at for at, _wait in self.acks))
        return {
            "walks": self.walks,
            "measured_updates": len(waits),
            "seconds": ended - began,
            "updates_per_second": len(waits) / (ended - began),
            "p50_ms": 1000 * waits[len(waits) // 2],
            "p99_ms": 1000 * waits[len(waits) * 99 // 100],
        }


async def run(port: int, database: Path, chats: int, seconds: float, most_walks: int) -> Json:
    """Walk once in some chats to warm up, then in all for `seconds` or `most_walks` a chat; whole walks only."""
    load, mailbox = Load(), Mailbox.of(database)
    wires = [await Wire.open(port) for _ in range(chats)]

    async def keep_walking(wire: Wire, until: float, most: int) -> None:
        for _ in range(most):
            if time.perf_counter() >= until:
                return
            await load.walk(wire, mailbox)

    async def walk_all(walking: list[Wire], until: float, most: int) -> None:
        async with asyncio.TaskGroup() as group:
            for wire in walking:
                group.create_task(keep_walking(wire, until, most))

    async with asyncio.timeout(LONGEST_SECONDS):
        await walk_all(wires[:WARM_CHATS], float("inf"), 1)
        began = time.perf_counter()
        await walk_all(wires, began + seconds, most_walks)
    for wire in wires:
        wire.writer.close()
    return load.as_json(began, began + seconds)


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--chats", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--most-walks", type=int, required=True)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(run(given.port, given.database, given.chats, given.seconds, given.most_walks))))


if __name__ == "__main__":
    main()
