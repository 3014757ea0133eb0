"""A change of units as a form: what is typed becomes a change by decision, or a clear refusal."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from admin.forms import Form
from offices.datafiles import Label
from offices.errors import DomainError
from offices.succession import Change, abolish, merge, rename, split
from offices.units import LONGEST_CODE, Decision, Directory, Unit, UnitKind
from offices.words import words_of as words_in

KINDS = tuple(kind for kind in UnitKind if kind is not UnitKind.AUTHORITY)
_LONGEST = LONGEST_CODE - 2
"""Room for the number behind a code that is taken."""
LEAST_PARTS = 2


def read_change(what: str, form: Form, directory: Directory) -> Change:
    """Read a change; `what` is one of CHANGES. Raises DomainError that says what is missing."""
    return CHANGES[what](form, directory)


def _added(form: Form, directory: Directory) -> Change:
    on, decision = _decision(form)
    parent = directory.unit(form.text("parent"))
    if form.text("kind") not in set(KINDS):
        raise DomainError("choice_wrong")
    names = _names(form)
    unit = Unit(
        code=_code(directory, parent.code, names[0].vi, set()),
        name=names[0],
        short_name=names[1],
        kind=UnitKind(form.text("kind")),
        parent=parent.code,
        tier=parent.tier,
        valid_from=on,
        decision=decision,
    )
    return Change(on, decision, (), (unit,))


def _renamed(form: Form, directory: Directory) -> Change:
    on, decision = _decision(form)
    before = directory.unit(form.text("unit"))
    return rename(before.code, _named_like(before, _names(form), directory, on, set()), on, decision)


def _merged(form: Form, directory: Directory) -> Change:
    """Merge the ticked units into one that exists, or into a new one of the first one's kind with all their fields."""
    on, decision = _decision(form)
    ending = [directory.unit(code) for code in dict.fromkeys(form.texts("units"))]
    into = form.text("into")
    if len(ending) < (1 if into else LEAST_PARTS):
        raise DomainError("units_to_merge_missing")
    codes = [unit.code for unit in ending]
    if into:
        return merge(codes, directory.unit(into), on, decision)
    new = _named_like(ending[0], _names(form), directory, on, set())
    fields = tuple(dict.fromkeys(field for unit in ending for field in unit.fields))
    return merge(codes, replace(new, fields=fields), on, decision)


def _split(form: Form, directory: Directory) -> Change:
    """Split a unit into one for each line; what is below it and its fields go to the first."""
    on, decision = _decision(form)
    before = directory.unit(form.text("unit"))
    names = [line.strip() for line in form.text("parts").splitlines() if line.strip()]
    if len(names) < LEAST_PARTS:
        raise DomainError("parts_missing")
    made: list[Unit] = []
    for name in names:
        label, taken = Label(name, name), {unit.code for unit in made}
        part = _named_like(before, (label, label), directory, on, taken)
        made.append(part if not made else replace(part, fields=()))
    return split(before.code, made, on, decision)


def _closed(form: Form, directory: Directory) -> Change:
    on, decision = _decision(form)
    return abolish(directory.unit(form.text("unit")).code, on, decision)


CHANGES: Mapping[str, Callable[[Form, Directory], Change]] = {
    "add": _added, "rename": _renamed, "merge": _merged, "split": _split, "close": _closed,
}  # fmt: skip
"""What can be done to units, by its name in the address; the texts are `units.<name>` and `done.unit_<name>`."""


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


def _named_like(before: Unit, names: tuple[Label, Label], directory: Directory, on: date, taken: set[str]) -> Unit:
    """Make a unit of the same kind and place under another name and a code of its own."""
    code = _code(directory, before.parent or before.code, names[0].vi, taken)
    return replace(before, code=code, name=names[0], short_name=names[1], valid_from=on, aliases=())


def _code(directory: Directory, parent: str, name: str, taken: set[str]) -> str:
    """Make a code nobody has: the one above, and the name in plain letters."""
    made = f"{parent}.{'-'.join(words_in(name))}"[:_LONGEST].rstrip(".-")
    number = 2
    code = made
    while code in directory or code in taken:
        ending = f"-{number}"
        code, number = made[: _LONGEST - len(ending)].rstrip(".-") + ending, number + 1
    return code
