"""Which unit a petition goes to, and why: ordered rules as data, each with its source.

What no rule catches goes to the coordinator, and so does the conduct of officials: never to the line it is about
(domain rules for conduct; security P1). Nothing is ever without an owner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from importlib.resources import files

from offices.datafiles import Label, Table, text_of, values_of
from offices.errors import DataError
from offices.fields import Fields
from offices.units import Directory, Unit, UnitKind
from petitions.kinds import Subject

PLACE = "@place"
ABOUT = "@about"


@dataclass(frozen=True, slots=True)
class Case:
    """What routing looks at.

    field  code of the field, None when nobody knows
    about  code of the unit the citizen speaks about, None when he names none
    place  code of the commune (or other unit) where it is, None when it has no place
    """

    subject: Subject
    field: str | None = None
    about: str | None = None
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is for (empty means everything), and the unit: a code, `@place` or `@about`.

    abouts, places  codes of the units spoken about, and of those the matter lies in
    """

    id: str
    subjects: frozenset[Subject]
    fields: frozenset[str]
    abouts: frozenset[str]
    places: frozenset[str]
    unit: str
    valid_from: date
    valid_to: date | None
    because: Label
    source: str
    examples: tuple[Case, ...] = ()

    def fits(self, case: Case, day: date) -> bool:
        """Say whether the rule speaks about the case on that day."""
        in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        conditions = (
            (self.subjects, case.subject), (self.fields, case.field), (self.abouts, case.about),
            (self.places, case.place),
        )  # fmt: skip
        return in_time and all(not meant or value in meant for meant, value in conditions)

    def target(self, case: Case) -> str | None:
        """Give the code of the unit meant, which may have ended; None when the case names none."""
        return {PLACE: case.place, ABOUT: case.about}.get(self.unit, self.unit)


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a case goes to the coordinator, and the rule behind it."""

    because: Label
    source: str


@dataclass(frozen=True, slots=True)
class Routing:
    """The rules of one authority. `coordinator` is the code of the unit that owns what no rule catches."""

    coordinator: str
    rules: tuple[Rule, ...]
    otherwise: Ground
    conduct: Ground


@dataclass(frozen=True, slots=True)
class Route:
    """Where a case goes and why.

    rule_id       None when no rule caught it
    successor_of  code of the unit that the rule names, when that one has ended by then
    kept_from     code of the unit whose line must not see the case; None when there is no conflict
    held          a rule had caught it, but its words speak of conduct (see `holding`)
    """

    unit: str
    because: Label
    source: str
    rule_id: str | None = None
    successor_of: str | None = None
    kept_from: str | None = None
    held: bool = False


def route(case: Case, routing: Routing, day: date, directory: Directory) -> Route:
    """Find the unit for a case on a local day."""
    if case.subject is Subject.CONDUCT and case.about and case.about in directory:
        unit = coordinator_for(routing, day, directory, kept_from=case.about)
        return Route(unit, routing.conduct.because, routing.conduct.source, kept_from=case.about)
    for rule in routing.rules:
        target = rule.target(case) if rule.fits(case, day) else None
        heir = _standing_in(target, case, day, directory)
        if heir:
            return Route(heir, rule.because, rule.source, rule.id, target if target != heir else None)
    unit = coordinator_for(routing, day, directory)
    return Route(unit, routing.otherwise.because, routing.otherwise.source)


def coordinator_for(routing: Routing, day: date, directory: Directory, kept_from: str | None = None) -> str:
    """Give the code of the unit that owns what no rule catches.

    kept_from  a unit complained about: when the coordinator itself is in its line, the authority's head stands in
    """
    coordinator = directory.heir(routing.coordinator, day) if routing.coordinator in directory else None
    if coordinator and not (kept_from and in_line_of(coordinator.code, kept_from, day, directory)):
        return coordinator.code
    return _head(routing, day, directory)


def in_line_of(unit: str, about: str, day: date, directory: Directory) -> bool:
    """Say whether `unit` is the unit complained about or works below it.

    The authority itself has everything below it: there only its own office counts as the line.
    """
    heirs = {heir.code for heir in directory.current(about, day)} | {about}
    heads = {code for code in heirs if directory.unit(code).kind is UnitKind.AUTHORITY}
    own = [unit, *(above.code for above in directory.ancestors(unit, day))]
    return unit in heirs or any(code in heirs - heads for code in own)


def _head(routing: Routing, day: date, directory: Directory) -> str:
    """Give the authority as a whole, which stands when no other unit does."""
    heads = directory.of_kind(UnitKind.AUTHORITY, day)
    everyone = directory.ancestors(routing.coordinator) if routing.coordinator in directory else ()
    return heads[0].code if heads else everyone[-1].code if everyone else routing.coordinator


def _standing_in(target: str | None, case: Case, day: date, directory: Directory) -> str | None:
    """Give the unit that stands for `target` that day; after a split the one that answers for the field."""
    if target is None or target not in directory:
        return None
    heirs: tuple[Unit, ...] = directory.current(target, day)
    meant = [heir for heir in heirs if case.field in heir.fields] if len(heirs) > 1 else list(heirs)
    return meant[0].code if len(meant) == 1 else None


def load_routing(preset: str, directory: Directory, fields: Fields) -> Routing:
    """Read the rules of a preset such as "commune-2025"; DataError names what is wrong in the file."""
    read = partial(read_routing, directory=directory, fields=fields)
    return Table(_name_of(preset), "", _values_of(preset)).read(read)


def _name_of(preset: str) -> str:
    return f"{preset}/routing.toml"


@cache
def _values_of(preset: str) -> Mapping[str, object]:
    """Return what the file holds, read once in a process: only units and fields change while it runs."""
    file, name = files("petitions") / "presets" / preset / "routing.toml", _name_of(preset)
    return values_of(text_of(file, name), name)


def read_routing(table: Table, directory: Directory, fields: Fields) -> Routing:
    """Read a routing file and hold it against the authority's units and fields.

    Raises DataError for a unit or field that does not exist, an id given twice, a rule without source, or an example
    that its own rule does not catch.
    """
    if table.text("coordinator") not in directory:
        raise table.refusal("coordinator", "name the code of a unit of the authority")
    routing = Routing(
        coordinator=table.text("coordinator"),
        rules=table.tables("rule", partial(_rule, directory=directory, fields=fields), unique="id"),
        otherwise=table.table("otherwise", _ground),
        conduct=table.table("conduct", _ground),
    )
    for number, rule in enumerate(routing.rules, start=1):
        if any(route(case, routing, rule.valid_from, directory).rule_id != rule.id for case in rule.examples):
            way_out = "an earlier rule catches one of them, or the rule itself does not"
            raise DataError(table.file, f"rule[{number}].examples", rule.id, way_out)
    return routing


def _ground(row: Table) -> Ground:
    return Ground(row.label("because"), row.text("source"))


def _rule(row: Table, *, directory: Directory, fields: Fields) -> Rule:
    unit = row.text("unit")
    if unit not in (PLACE, ABOUT) and unit not in directory:
        raise row.refusal("unit", f"name the code of a unit of the authority, {PLACE} or {ABOUT}")
    known: dict[str, Fields | Directory] = {"fields": fields, "abouts": directory, "places": directory}
    for key, codes in known.items():
        unknown = [code for code in row.texts(key) if code not in codes]
        if unknown:
            raise row.refusal(key, f"the authority knows no {unknown[0]!r}")
    return Rule(
        id=row.text("id"),
        subjects=frozenset(row.choices("subjects", Subject)),
        fields=frozenset(row.texts("fields")),
        abouts=frozenset(row.texts("abouts")),
        places=frozenset(row.texts("places")),
        unit=unit,
        valid_from=row.day("valid_from"),
        valid_to=row.optional("valid_to", row.day),
        because=row.label("because"),
        source=row.text("source"),
        examples=row.tables("examples", partial(_example, directory=directory)),
    )


def _example(row: Table, *, directory: Directory) -> Case:
    about, place = row.optional("about", row.text), row.optional("place", row.text)
    for key, code in (("about", about), ("place", place)):
        if code is not None and code not in directory:
            raise row.refusal(key, "name the code of a unit of the authority")
    return Case(row.choice("subject", Subject), row.optional("field", row.text), about, place)
