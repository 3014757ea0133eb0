"""Units: the tree as it is and was, and its changes by decision."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from aiohttp import web

from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from offices.datafiles import Label
from offices.errors import DataError, DomainError
from offices.succession import Change, abolish, merge, rename
from offices.units import Decision, Directory, Unit, UnitKind
from offices.words import words_of as words_in
from storage import units

SECTION = "units"
LONGEST_CODE = 60
"""A deep link holds 64 characters, `u_` among them."""
KINDS = tuple(kind for kind in UnitKind if kind is not UnitKind.AUTHORITY)


@dataclass(frozen=True)
class Node:
    """A unit of the tree with those below it."""

    unit: Unit
    is_here: bool
    below: Sequence["Node"]


@dataclass(frozen=True)
class UnitsPage(Page):
    """The tree, and the forms of change; `typed` are the fields of a form that was refused."""

    roots: Sequence[Node]
    current: Sequence[Unit]
    kinds: Sequence[UnitKind]
    today: date
    directory: Directory
    typed: Form
    refused: str = ""
    problem: str = ""
    template: ClassVar[str] = "units.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the units."""
    return call.page(_page(call), SECTION)


async def add(call: Call) -> web.StreamResponse:
    """Make a unit."""
    return await _change(call, "add", lambda form: _added(call, form))


async def change_name(call: Call) -> web.StreamResponse:
    """Rename a unit: the old one ends, the new one succeeds it under a code of its own."""
    return await _change(call, "rename", lambda form: _renamed(call, form))


async def close(call: Call) -> web.StreamResponse:
    """End a unit, with or without another one that takes over."""
    return await _change(call, "close", lambda form: _closed(call, form))


async def _change(call: Call, name: str, made: Callable[[Form], Change]) -> web.StreamResponse:
    try:
        change = made(call.form)
        await call.write(lambda connection: units.change_units(connection, change, now=call.now, actor=call.actor))
    except DomainError as error:
        return _refused(call, name, words_of(error, call.words, call.reference))
    except DataError as error:
        return _refused(call, name, call.words.t("errors.units_do_not_fit", text=str(error)))
    return see_other("/admin/units", done=f"unit_{name}")


def _refused(call: Call, name: str, problem: str) -> web.Response:
    return call.refused(_page(call, form=call.form, refused=name, problem=problem), SECTION)


def _added(call: Call, form: Form) -> Change:
    on, decision = _decision(form)
    parent = call.reference.directory.unit(form.text("parent"))
    if form.text("kind") not in set(KINDS):
        raise DomainError("choice_wrong")
    names = _names(form)
    unit = Unit(
        code=_code(call.reference.directory, parent.code, names[0].vi),
        name=names[0],
        short_name=names[1],
        kind=UnitKind(form.text("kind")),
        parent=parent.code,
        tier=parent.tier,
        valid_from=on,
        decision=decision,
    )
    return Change(on, decision, (), (unit,))


def _renamed(call: Call, form: Form) -> Change:
    on, decision = _decision(form)
    directory = call.reference.directory
    before, names = directory.unit(form.text("unit")), _names(form)
    code = _code(directory, before.parent or before.code, names[0].vi)
    after = replace(before, code=code, name=names[0], short_name=names[1], valid_from=on, aliases=())
    return rename(before.code, after, on, decision)


def _closed(call: Call, form: Form) -> Change:
    on, decision = _decision(form)
    directory = call.reference.directory
    code = directory.unit(form.text("unit")).code
    if not form.text("successor"):
        return abolish(code, on, decision)
    return merge([code], directory.unit(form.text("successor")), on, decision)


def _decision(form: Form) -> tuple[date, Decision]:
    """Read from when a change holds and by which decision; both must be there."""
    on, signed, number = form.day("on"), form.day("signed_on"), form.text("number")
    if on is None or signed is None:
        raise DomainError("date_missing")
    if not number:
        raise DomainError("decision_missing")
    return on, Decision(number, signed)


def _names(form: Form) -> tuple[Label, Label]:
    """Read name and short name; what is not given in English stays Vietnamese, what is not shortened stays long."""
    name, short = form.text("name"), form.text("short_name")
    if not name:
        raise DomainError("name_missing")
    english = form.text("name_en") or name
    return Label(name, english), Label(short or name, short or english)


def _code(directory: Directory, parent: str, name: str) -> str:
    """Make a code nobody has: the one above, and the name in plain letters."""
    made = f"{parent}.{'-'.join(words_in(name))}"[:LONGEST_CODE]
    number = 2
    code = made
    while code in directory:
        ending = f"-{number}"
        code, number = made[: LONGEST_CODE - len(ending)] + ending, number + 1
    return code


def _page(call: Call, form: Form | None = None, refused: str = "", problem: str = "") -> UnitsPage:
    directory = call.reference.directory
    return UnitsPage(
        roots=[_node(directory, unit, call.today) for unit in directory if unit.parent is None],
        current=directory.on(call.today),
        kinds=KINDS,
        today=call.today,
        directory=directory,
        typed=form or Form(),
        refused=refused,
        problem=problem,
    )


def _node(directory: Directory, unit: Unit, day: date) -> Node:
    below = [_node(directory, each, day) for each in directory if each.parent == unit.code]
    return Node(unit, unit.exists_on(day), below)
