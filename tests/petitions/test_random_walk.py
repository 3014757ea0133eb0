"""Whoever presses whatever, in any order: what must hold of petitions holds, on both kinds of database."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select

from offices.errors import DomainError
from offices.staff import Staff
from petitions.kinds import Subject
from petitions.lifecycle import Event, allowed, next_status
from petitions.model import Petition
from petitions.rights import DECISIONS, Citizen, decides_again, has_conflict, staff_relations
from petitions.routing import in_line_of
from storage import audit
from storage.database import Database
from storage.petitions import Petitions
from storage.tables.delivery import due, outbox
from tests.petitions.world import ECONOMY, HEAD, OFFICE, REFERENCE, SOCIETY, World, build

SUBJECTS = ((Subject.SITE, None), (Subject.CONDUCT, ECONOMY), (Subject.CONDUCT, OFFICE), (Subject.REGULATION, None))
GUESSES = (None, *Subject)
UNITS = (ECONOMY, SOCIETY, OFFICE, HEAD, "nowhere")
WORDS = ("Nội dung", "Đã kiểm tra", "Thêm một ý", "", "Cán bộ nhận hối lộ")
STEPS = 80
Step = Callable[[World, str, Staff, int], object]

OFFICIALS_STEPS: dict[Event, Step] = {
    Event.TRIAGE: lambda w, c, a, n: w.desk.triage(c, a, field="land", about=UNITS[n % 4], subject=GUESSES[n // 4 % 4]),
    Event.FORWARD: lambda w, c, a, n: w.desk.forward(c, a, UNITS[n % 5]),
    Event.ACCEPT: lambda w, c, a, _: w.desk.accept(c, a),
    Event.TRANSFER: lambda w, c, a, n: w.desk.transfer(c, a, UNITS[n % 5], WORDS[n % 4]),
    Event.SEND_BACK: lambda w, c, a, n: w.desk.send_back(c, a, WORDS[n % 4]),
    Event.ASK: lambda w, c, a, n: w.desk.ask_citizen(c, a, WORDS[n % 4]),
    Event.RESUME: lambda w, c, a, n: w.desk.resume(c, a, WORDS[n % 4]),
    Event.DRAFT: lambda w, c, a, n: w.desk.draft_answer(c, a, WORDS[n % 4]),
    Event.RETURN_DRAFT: lambda w, c, a, n: w.desk.return_draft(c, a, WORDS[n % 4]),
    Event.APPROVE: lambda w, c, a, n: w.desk.approve(c, a, send=bool(n % 2)),
    Event.ANSWER: lambda w, c, a, _: w.desk.answer(c, a),
    Event.PUBLISH: lambda w, c, a, n: w.desk.publish(c, a, WORDS[n % 4], WORDS[0]),
    Event.REJECT: lambda w, c, a, n: w.desk.reject(c, a, "unclear", WORDS[n % 4]),
    Event.REDIRECT: lambda w, c, a, n: w.desk.redirect(c, a, "Cơ quan khác", WORDS[n % 4]),
    Event.EXTEND: lambda w, c, a, n: w.desk.extend(c, a, WORDS[n % 4]),
    Event.RESOLVE: lambda w, c, a, n: w.desk.resolve(c, a, WORDS[n % 4], evidence=WORDS[n % 2]),
}
CITIZENS_STEPS: dict[Event, Callable[[World, str, Citizen, int], object]] = {
    Event.SUPPLY: lambda w, c, a, n: w.desk.supply(c, a, WORDS[n % 5]),
    Event.ADD: lambda w, c, a, n: w.desk.add(c, a, WORDS[n % 5]),
    Event.WITHDRAW: lambda w, c, a, _: w.desk.withdraw(c, a),
    Event.RATE_ANSWER: lambda w, c, a, n: w.desk.rate_answer(c, a, n % 7),
    Event.SECOND_LOOK: lambda w, c, a, n: w.desk.second_look(c, a, WORDS[n % 5]),
}


class Undo(Exception):  # noqa: N818 - ends an example without keeping anything
    """Roll the example back, so that the next one begins with an empty database."""


@settings(deadline=None, max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 10**12), min_size=STEPS, max_size=STEPS))
async def test_a_random_walk_keeps_every_promise(database: Database, seeds: list[int]) -> None:
    def walk(connection: Connection) -> None:
        world = build(connection)
        codes = [world.submit("Việc này cần xem", subject, about=about).code for subject, about in SUBJECTS]
        for seed in seeds:
            one_step(world, codes[seed % len(codes)], seed // len(codes))
        check_messages(world)
        raise Undo

    with pytest.raises(Undo):
        await database.write(walk)


def one_step(world: World, code: str, seed: int) -> None:
    """Let somebody try something; refused or taken, the promises must hold."""
    world.now += timedelta(hours=seed % 41)
    before = world.petition(code)
    heard = world.connection.execute(select(func.count()).select_from(outbox)).scalar_one()
    try:
        attempt(world, code, seed // 41)
    except DomainError:
        assert world.petition(code) == before
    check(world, world.petition(code), before)
    check_readers(world, world.petition(code), heard)


def attempt(world: World, code: str, seed: int) -> None:
    """Take a step that is offered to somebody; now and then one that is not, or a reminder."""
    whim, seed = seed % 10, seed // 10
    actors: Sequence[Staff | Citizen] = [*world.officials.values(), world.citizen, world.stranger]
    if whim == 0:
        world.desk.remind(code, ("half", "eve", "day", "late-1", "late-3")[seed % 5])
    elif whim == 1:
        steps = [*OFFICIALS_STEPS, *CITIZENS_STEPS]
        take(world, code, actors[seed % len(actors)], steps[seed // len(actors) % len(steps)], seed)
    else:
        rare = {Event.WITHDRAW, Event.REDIRECT, Event.REJECT} if whim != 2 else set()
        offers = [(actor, event) for actor in actors for event in offered(world, code, actor) if event not in rare]
        actor, event = offers[seed % len(offers)] if offers else (world.citizen, Event.WITHDRAW)
        take(world, code, actor, event, seed // max(len(offers), 1))


def offered(world: World, code: str, actor: Staff | Citizen) -> Sequence[Event]:
    try:
        return world.desk.possible(code, actor)
    except DomainError:
        return ()


def take(world: World, code: str, actor: Staff | Citizen, event: Event, seed: int) -> None:
    if isinstance(actor, Staff) and event in OFFICIALS_STEPS:
        OFFICIALS_STEPS[event](world, code, actor, seed)
    elif isinstance(actor, Citizen) and event in CITIZENS_STEPS:
        CITIZENS_STEPS[event](world, code, actor, seed)


def check(world: World, petition: Petition, before: Petition) -> None:
    """Hold one petition against what was promised of all."""
    assert petition.unit in REFERENCE.directory
    assert petition.unit == petition.leg.unit
    if petition.kept_from:
        assert not in_line_of(petition.unit, petition.kept_from, world.now.date(), REFERENCE.directory)
    assert [leg.number for leg in petition.legs] == list(range(1, len(petition.legs) + 1))
    open_legs = [leg for leg in petition.legs if leg.ended_at is None]
    assert open_legs == ([petition.leg] if petition.status.is_open else [])
    running = [pause for leg in petition.legs for pause in leg.pauses if pause.closed_at is None]
    assert len(running) == petition.status.is_waiting
    assert petition.leg.late_from > petition.leg.started_at
    assert not petition.status.is_open or can_be_moved(world, petition)
    assert petition.text == before.text
    assert petition.version >= before.version
    history = Petitions(world.connection).history(petition)
    if petition.version > before.version and history[-1].event in (*DECISIONS, Event.DRAFT, Event.APPROVE):
        assert history[-1].staff_id not in before.barred
    assert [entry.number for entry in history] == list(range(1, petition.version + 1))
    assert history[-1].after is petition.status
    assert all(entry.before == earlier.after for earlier, entry in pairwise(history))
    waiting = select(func.count()).where(due.c.state == "waiting", due.c.unique_key.contains(petition.code))
    ticking = petition.status.is_open and not petition.status.is_waiting
    assert world.connection.execute(waiting).scalar_one() == ticking


def can_be_moved(world: World, petition: Petition) -> bool:
    """Say whether some official can take the petition a step further or pass it on."""
    return any(
        not decides_again(official, petition, event)
        and (event is Event.TRANSFER or next_status(petition.status, event) is not petition.status)
        for official in world.officials.values()
        for event in allowed(
            petition.status,
            staff_relations(official, petition, REFERENCE.directory, REFERENCE.routing, world.now.date()),
        )
    )


def check_readers(world: World, petition: Petition, heard: int) -> None:
    """Nobody in the line complained about is told of the step; `heard` messages are older than it."""
    new = world.connection.scalars(select(outbox.c.chat_id).order_by(outbox.c.id).offset(heard)).all()
    for official in world.officials.values():
        if has_conflict(official, petition, REFERENCE.directory, world.now.date()):
            assert world.chat_of[official.id] not in new


def check_messages(world: World) -> None:
    """No message is sent twice, the stranger hears nothing, and the audit trail is whole."""
    rows = world.connection.execute(select(outbox.c.chat_id, outbox.c.unique_key)).all()
    assert len({row.unique_key for row in rows}) == len(rows)
    assert {row.chat_id for row in rows} <= {*world.chat_of.values(), world.citizen_chat}
    assert audit.verify(world.connection)[1] is None
