"""The sample officials: for every unit a leader and officers, and those who serve the whole authority."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from langnghe.demo.stage import Plot, Stage
from langnghe.demo.worktime import office_moment
from offices.staff import Role, Staff
from offices.units import Unit, UnitKind
from storage import sign_in, staff

DEMO_PASSWORD = "chi-de-dung-thu"  # noqa: S105 - printed on purpose: it opens sample worlds on this machine only
TITLES = {
    Role.ADMIN: "Quản trị mẫu",
    Role.COORDINATOR: "Thường trực mẫu",
    Role.ANALYST: "Phân tích mẫu",
    Role.LEADER: "Lãnh đạo mẫu",
    Role.OFFICER: "Cán bộ mẫu",
}
LOGINS = {
    Role.ADMIN: "quantri",
    Role.COORDINATOR: "thuongtruc",
    Role.ANALYST: "phantich",
    Role.LEADER: "lanhdao",
    Role.OFFICER: "canbo",
}
_BUSY = (UnitKind.STANDING, UnitKind.OFFICE, UnitKind.DEPARTMENT)
SIGNS_IN_AFTER_DAYS = (14, 30)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that was made, with its login."""

    login: str
    staff: Staff


@dataclass(frozen=True, slots=True)
class Post:
    """An account to be made."""

    role: Role
    unit: str
    login: str


def posts(units: Sequence[Unit], coordinator: str) -> Iterator[Post]:
    """List the posts of an authority; `coordinator` is the code of its standing unit."""
    yield Post(Role.ADMIN, coordinator, "quantri")
    yield from (Post(Role.COORDINATOR, coordinator, login) for login in ("thuongtruc", "thuongtruc2"))
    yield Post(Role.ANALYST, coordinator, "phantich")
    for unit in units:
        name = unit.code.rpartition(".")[2]
        officers = 2 if unit.kind in _BUSY else 1
        # At the head of the authority two leaders: one may not approve what he wrote himself.
        leaders = 2 if unit.kind is UnitKind.AUTHORITY else 1
        yield from (Post(Role.LEADER, unit.code, _login(Role.LEADER, number, name)) for number in range(leaders))
        yield from (Post(Role.OFFICER, unit.code, _login(Role.OFFICER, number, name)) for number in range(officers))


def _login(role: Role, number: int, name: str) -> str:
    return f"{LOGINS[role]}{number + 1 if number else ''}.{name}"


def hire(connection: Connection, stage: Stage, password_hash: str) -> list[Account]:
    """Make all accounts, under names that nobody can take for a person's."""
    directory = stage.reference.directory
    accounts: list[Account] = []
    numbers = dict.fromkeys(TITLES, 0)
    for post in posts(directory.on(stage.today), stage.reference.rules.routing.coordinator):
        numbers[post.role] += 1
        name = f"{TITLES[post.role]} {numbers[post.role]:02}"
        made = staff.add(
            connection, login=post.login, name=name, unit=post.unit, roles=[post.role], password_hash=password_hash,
            now=stage.now, actor="system",
        )  # fmt: skip
        accounts.append(Account(post.login, made))
    return accounts


def comes_to_work(stage: Stage, account: Account, password_hash: str) -> Plot:
    """Sign in every week or two: an account that nobody uses is stopped after 45 days (security A6)."""
    chance = stage.chance(f"work:{account.login}")
    while True:
        yield office_moment(
            chance, stage.reference.calendar, stage.now + timedelta(days=chance.randint(*SIGNS_IN_AFTER_DAYS))
        )
        yield _sign_in(stage, account.login, password_hash)


async def _sign_in(stage: Stage, login: str, password_hash: str) -> None:
    """Count a sign-in whose password was right."""
    now: datetime = stage.now
    await stage.database.write(lambda connection: sign_in.settle(connection, login, password_hash, now))
