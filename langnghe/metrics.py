"""The figures of `/metrics`: what this process counted, and what stands in the store now.

Not public: they tell how busy an authority is. Whoever brings METRICS_TOKEN may read them, and without one set whoever
asks from this machine, unless a proxy stands in front: then everybody seems to.
"""

import asyncio
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy import Connection

from bot.tally import BOUNDS, Tally
from langnghe.config import Config
from langnghe.prometheus import CONTENT_TYPE, Labels, Metric, counter, gauge, histogram, written
from langnghe.setting_values import is_loopback
from storage import channel_states, dead_letters, leases, watched
from storage.channel_states import SYSTEM, ChannelState
from storage.database import Pulse
from storage.leases import Lease
from storage.watched import Letters

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
"""Headers of a proxy: with one of these the caller is not who is connected."""


@dataclass(frozen=True)
class Counted:
    """What this process counted since its start; `beats` are seconds since the last round of each loop."""

    tally: Tally
    pulse: Pulse
    beats: Mapping[str, float]
    holder: str


@dataclass(frozen=True)
class Stored:
    """What stands in the store, the same for every process."""

    letters: list[Letters]
    dead_letters: Mapping[str, int]
    channels: list[ChannelState]
    leases: list[Lease]


def may_read(request: web.Request, config: Config) -> bool:
    """Say whether this caller may see the figures."""
    token = config.metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, b"Bearer " + token.get_secret_value().encode())
    behind_proxy = config.is_https or bool(config.trusted_proxies) or any(name in request.headers for name in FORWARDED)
    return not behind_proxy and is_loopback(request.remote or "")


def read_stored(connection: Connection, now: datetime) -> Stored:
    """Read what the figures need, by indexes: what was sent and done is never counted."""
    return Stored(
        watched.open_letters(connection, now),
        dead_letters.count_by_state(connection),
        channel_states.every(connection),
        leases.every(connection),
    )


def answer(counted: Counted, stored: Stored | None, now: datetime) -> web.Response:
    """Answer with all figures; without those of the store when it cannot be read."""
    readable = gauge("langnghe_store_readable", "1 if the store can be read.", ({}, stored is not None))
    metrics = [*of_process(counted), readable]
    if stored is not None:
        metrics += of_store(stored, counted.holder, now)
    return web.Response(body=written(metrics).encode(), headers={"Content-Type": CONTENT_TYPE})


def of_process(counted: Counted) -> Iterator[Metric]:
    """Give the figures of this process."""
    tally, pulse = counted.tally, counted.pulse
    taken = (({"channel": channel, "kind": kind}, number) for (channel, kind), number in tally.taken.items())
    yield counter("langnghe_events_total", "Events that are durable.", *taken)
    yield counter("langnghe_events_failed_total", "Events that became dead letters.", *_by_channel(tally.failed))
    refused = _by_channel(tally.refused)
    yield counter("langnghe_events_refused_total", "Events that could not be stored and were refused (503).", *refused)
    yield histogram(
        "langnghe_event_seconds", "Seconds from an event to its commit, after which it is acknowledged.",
        BOUNDS, tally.times.classes, tally.times.total,
    )  # fmt: skip
    tried = (({"class": urgency, "outcome": outcome}, number) for (urgency, outcome), number in tally.tried.items())
    yield counter("langnghe_messages_total", "Attempts to send a message, by its class and how they ended.", *tried)
    yield gauge("langnghe_store_waiting", "Transactions that wait for their commit.", ({}, pulse.waiting))
    yield counter("langnghe_store_jobs_total", "Transactions that were committed.", ({}, pulse.jobs))
    yield counter(
        "langnghe_store_commits_total", "Commits; one of SQLite holds many transactions.", ({}, pulse.commits)
    )
    yield gauge("langnghe_store_refuses", "1 if the store refused the last transaction.", ({}, pulse.refuses))
    beats = (({"loop": name}, round(seconds, 3)) for name, seconds in counted.beats.items())
    yield gauge("langnghe_loop_seconds", "Seconds since the last round of each loop of this process.", *beats)


def of_store(stored: Stored, holder: str, now: datetime) -> Iterator[Metric]:
    """Give the figures of the store."""
    letters = [(each.urgency.name.lower(), each) for each in stored.letters]
    waiting = (({"class": urgency, "state": each.state}, each.count) for urgency, each in letters)
    yield gauge("langnghe_outbox_messages", "Messages that wait, are under way or failed for good.", *waiting)
    ages = (
        ({"class": urgency}, max(0.0, (now - each.oldest).total_seconds()))
        for urgency, each in letters
        if each.state == "queued" and each.oldest is not None
    )
    yield gauge("langnghe_outbox_oldest_seconds", "Age of the oldest message whose time has come.", *ages)
    buried = (({"state": state}, stored.dead_letters.get(state, 0)) for state in ("new", "retry"))
    yield gauge("langnghe_dead_letters", "Events that failed and wait to be decided on or tried again.", *buried)
    channels = [
        ({"channel": each.channel, "account": each.account}, each) for each in stored.channels if each.channel != SYSTEM
    ]
    up = ((labels, each.problem is None) for labels, each in channels)
    yield gauge("langnghe_channel_up", "1 if nothing was wrong with the channel at the last look.", *up)
    pending = ((labels, each.waiting) for labels, each in channels)
    yield gauge("langnghe_channel_waiting", "Updates that wait at the channel.", *pending)
    held = (({"name": each.name}, each.holder == holder) for each in stored.leases)
    yield gauge("langnghe_lease_held", "1 if this process holds the lease.", *held)


def _by_channel(counts: Mapping[str, int]) -> Iterator[tuple[Labels, float]]:
    return (({"channel": channel}, number) for channel, number in counts.items())


def since(beats: Mapping[str, float]) -> dict[str, float]:
    """Turn the moments of loops into seconds that have passed."""
    now = asyncio.get_running_loop().time()
    return {name: now - at for name, at in beats.items()}
