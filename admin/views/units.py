"""Units: the tree as it is and was, and its changes by decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from aiohttp import web
from sqlalchemy import Connection

from admin.calls import Call, see_other
from admin.forms import Form
from admin.pages import Page
from admin.problems import words_of
from admin.unit_changes import CHANGES, KINDS, read_change
from offices.errors import DataError, DomainError
from offices.succession import Change, apply, refuse_loose_ends
from offices.units import Decision, Directory, Unit, UnitKind
from storage import units
from storage.unit_changes import Effects, effects

SECTION = "units"
PATH = "/admin/units"
UNTYPED = ("form_token", "seen")
"""Fields of a form that nobody types: the preview sends the others on."""


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


@dataclass(frozen=True)
class PreviewPage(Page):
    """A change before it is made: what ends, what begins, what hangs on it; `typed` goes on with the confirmation.

    new      codes of the units that the change makes; others in `beginning` exist already
    version  of the reference data that the preview was made of
    """

    what: str
    ending: Sequence[Unit]
    beginning: Sequence[Unit]
    new: frozenset[str]
    on: date
    decision: Decision
    effects: Effects
    unanswered: Sequence[str]
    typed: Sequence[tuple[str, str]]
    version: int
    today: date
    template: ClassVar[str] = "unit_change.html"


async def show(call: Call) -> web.StreamResponse:
    """Show the units."""
    return call.page(_page(call), SECTION)


async def change(call: Call) -> web.StreamResponse:
    """Preview a change, or make it once it was confirmed: what is confirmed is what was previewed."""
    what = call.part("change")
    if what not in CHANGES:
        raise web.HTTPNotFound
    directory, root = call.reference.directory, call.reference.root
    try:
        wish = read_change(what, call.form, directory)
        refuse_loose_ends(directory, wish, root)
        if call.form.text("seen") != str(call.reference.version):
            return await _preview(call, what, wish)
        await call.write(lambda connection: _make(connection, call, wish))
    except DomainError as error:
        return _refused(call, what, words_of(error, call.words, call.reference))
    except DataError as error:
        return _refused(call, what, call.words.t("errors.units_do_not_fit", text=str(error)))
    return see_other(PATH, done="unit_later" if wish.on > call.today else f"unit_{what}")


def _make(connection: Connection, call: Call, wish: Change) -> None:
    """Make the change unless another one came between preview and confirmation."""
    units.change_units(connection, wish, now=call.now, actor=call.actor)
    if units.reference_version(connection) != call.reference.version + 1:
        raise DomainError("units_changed_meanwhile")


async def _preview(call: Call, what: str, wish: Change) -> web.StreamResponse:
    directory = call.reference.directory
    found = await call.read(lambda connection: effects(connection, directory, wish))
    fields = call.reference.fields
    page = PreviewPage(
        what=what,
        ending=[directory.unit(code) for code in wish.ending],
        beginning=[unit for unit in apply(directory, wish) if unit.code in {each.code for each in wish.beginning}],
        new=frozenset(unit.code for unit in wish.beginning if unit.code not in directory),
        on=wish.on,
        decision=wish.decision,
        effects=found,
        unanswered=[call.words.name(fields.field(code).name) if code in fields else code for code in found.unanswered],
        typed=[(name, value) for name, values in call.form.fields.items() for value in values if name not in UNTYPED],
        version=call.reference.version,
        today=call.today,
    )
    return call.page(page, SECTION)


async def again(call: Call) -> web.StreamResponse:
    """Show the form once more with what was typed, to change it after the preview."""
    return call.page(_page(call, form=call.form, refused=call.part("change")), SECTION)


def _refused(call: Call, name: str, problem: str) -> web.Response:
    return call.refused(_page(call, form=call.form, refused=name, problem=problem), SECTION)


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
