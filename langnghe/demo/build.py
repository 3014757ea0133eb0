"""Making the sample world: its authority, its officials, and a year in which everything happens in its order."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from langnghe.demo.bulk import BulkDatabase, filling
from langnghe.demo.cases import Team
from langnghe.demo.chatter import LINKED_FIELD, Chatter, link_chat, linked
from langnghe.demo.crowd import Crowd
from langnghe.demo.doubts import Doubts, look_through
from langnghe.demo.office import DEMO_PASSWORD, Account, comes_to_work, hire
from langnghe.demo.petitions import Petitions
from langnghe.demo.places import draw_map
from langnghe.demo.reporting import Reporting
from langnghe.demo.stage import Plot, Progress, Stage
from langnghe.demo.visits import Visits
from langnghe.demo.wish import Wish
from langnghe.housekeeping import plan_housekeeping
from offices.worktime import LOCAL
from storage import schema
from storage.passwords import hash_password
from storage.reference import ReferenceHolder
from storage.units import install_preset

POPULATION = 2600
PATIENT = (50_000, 20, 50)
ROUNDS = (time(8), time(14))
"""Local hours at which the schedule does what is due: reminders go out at eight."""


async def build(file: Path, wish: Wish, progress: Progress) -> None:
    """Make the world of a wish in a new database file; `progress` hears of every month that is lived through."""
    await schema.upgrade(f"sqlite:///{file}")
    with patient_collector(), filling(file) as database:
        stage = await _open_stage(database, wish)
        await _live(stage, progress)


@contextmanager
def patient_collector() -> Iterator[None]:
    """Let Python look for garbage less often: a world makes much that lasts, and a sixth of the time went there."""
    usual = gc.get_threshold()
    gc.set_threshold(*PATIENT)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


async def _open_stage(database: BulkDatabase, wish: Wish) -> Stage:
    """Install the authority on the first day of the world."""
    begins = datetime.combine(wish.quarter_from, time(6), LOCAL).astimezone(UTC)
    holder = ReferenceHolder()
    await database.write(lambda connection: install_preset(connection, wish.authority, now=begins))
    await database.read(holder.refresh)
    return Stage(wish, database, holder, begins)


async def _live(stage: Stage, progress: Progress) -> None:
    """Enter every plot and let the time pass."""
    password_hash = hash_password(DEMO_PASSWORD)
    accounts = await stage.database.write(lambda connection: hire(connection, stage, password_hash))
    unit = stage.reference.directory.for_field(LINKED_FIELD, stage.today)[0].code
    talks = {account.staff.id: await link_chat(stage, account) for account in linked(accounts, unit)}
    for at, plot in _plots(stage, accounts, Team(accounts, talks), password_hash):
        stage.enter(at, plot)
    await stage.play(progress)
    await stage.deliver()
    await stage.database.write(lambda connection: look_through(connection, stage))
    # Nothing was there to be cleared away meanwhile; the first night of the service does it.
    await stage.database.write(lambda connection: plan_housekeeping(connection, stage.now))


def _plots(stage: Stage, accounts: list[Account], team: Team, password_hash: str) -> Iterator[tuple[datetime, Plot]]:
    """Give all plots with the moments at which they begin."""
    crowd = Crowd(stage)
    places = draw_map(stage.reference.directory.on(stage.today))
    population = stage.wish.number(POPULATION)
    yield stage.now, _rounds(stage)
    yield from ((stage.now, comes_to_work(stage, account, password_hash)) for account in accounts)
    visits = Visits(stage, crowd, places, stage.chance("visits"), population)
    yield from visits.plots()
    answers = replace(visits, chance=stage.chance("answers"))
    yield from Reporting(stage, answers, accounts, stage.chance("reporting")).plots()
    yield from Petitions(stage, crowd, team, stage.chance("petitions")).plots()
    yield from Chatter(stage, places, stage.chance("chatter")).plots()
    in_chat = {
        account.staff.unit: team.in_chat[account.staff.id] for account in accounts if account.staff.id in team.in_chat
    }
    yield from Doubts(stage, in_chat, places.places[0].unit, stage.chance("doubts")).plots()


def _rounds(stage: Stage) -> Plot:
    """Let the real schedule do what is due, and the real sender send what waits, twice a day."""
    while True:
        for hour in ROUNDS:
            at = datetime.combine(stage.today, hour, LOCAL)
            if at > stage.now:
                yield at
                yield _round(stage)
        yield datetime.combine(stage.today + timedelta(days=1), time(), LOCAL)


async def _round(stage: Stage) -> None:
    await stage.do_due_work()
    await stage.deliver()
