"""What everybody needs to know and hardly ever changes: units, fields, the rules of petitions."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from sqlalchemy import Connection

from offices.datafiles import Label
from offices.fields import Fields
from offices.units import Directory
from offices.worktime import VIETNAM, Calendar
from petitions.casework import Reference as Rules
from petitions.deadlines import load_deadlines
from petitions.names import names, reasons
from petitions.routing import load_routing
from storage import questionnaires, units
from storage.facts import Ref
from surveys.questionnaires import About, Questionnaire
from surveys.registry import Questionnaires


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference data of one version, which never changes: one event works by one version from end to end.

    Two are the same when they are the same object, so what is made of one can be kept by it.

    rules           units, routing, deadlines and calendar as petitions need them
    questionnaires  the packaged ones and those that the authority published
    """

    version: int
    title: Label
    root: str
    preset: str
    fields: Fields
    rules: Rules
    questionnaires: Questionnaires

    @property
    def directory(self) -> Directory:
        """All units that ever were."""
        return self.rules.directory

    @property
    def calendar(self) -> Calendar:
        """The working days."""
        return self.rules.calendar

    def name_of(self, ref: Ref, language: str) -> str:
        """Name a unit, field, reason, status … in a language; the code itself where nothing is known of it."""
        return self._label(ref)[language]

    def _label(self, ref: Ref) -> Label:
        match ref.kind:
            case "unit" if ref.code in self.directory:
                return self.directory.unit(ref.code).name
            case "field" if ref.code in self.fields:
                return self.fields.field(ref.code).name
            case "reason" if ref.code in reasons():
                return reasons()[ref.code].name
            case "way_out" if ref.code in reasons():
                return reasons()[ref.code].way_out
            case "status" | "event" | "subject" | "relation" | "need" if ref.code in names(ref.kind):
                return names(ref.kind)[ref.code]
        return Label(ref.code, ref.code)


class NotInstalledError(Exception):
    """The database holds no authority yet: run `langnghe setup` (or `langnghe demo`) first."""

    def __init__(self) -> None:
        """Say what is missing and the way out."""
        super().__init__("the database holds no authority yet: run `langnghe setup` first, or try `langnghe demo`")


@dataclass(slots=True)
class ReferenceHolder:
    """The reference data of this process, loaded anew when another process changed it."""

    _loaded: Reference | None = field(default=None)

    @property
    def latest(self) -> Reference:
        """What was loaded last; `refresh` must have run once."""
        if self._loaded is None:
            raise NotInstalledError
        return self._loaded

    def refresh(self, connection: Connection) -> Reference:
        """Return the reference data as this transaction sees it. Raises NotInstalledError, DataError."""
        version = units.reference_version(connection)
        if self._loaded is None or self._loaded.version != version:
            self._loaded = load(connection)
        return self._loaded

    def name_of(self, ref: Ref, language: str) -> str:
        """Name something by the data loaded last."""
        return self.latest.name_of(ref, language)


class ReferenceSource(Protocol):
    """Gives the reference data of a transaction."""

    def refresh(self, connection: Connection) -> Reference:
        """Return the reference data as this transaction sees it."""
        ...


@dataclass(frozen=True, slots=True)
class WithDraft:
    """The reference data as they would be if a draft were asked of visits from long ago on."""

    source: ReferenceSource
    draft: Questionnaire

    def refresh(self, connection: Connection) -> Reference:
        """Return the reference data with the draft as the newest version of its code."""
        found = self.source.refresh(connection)
        known, draft = found.questionnaires, self.draft
        first = min(draft.valid_from, *(each.valid_from for each in known.versions()))
        number = known.next_version(draft.code)
        asked = replace(draft, version=number, valid_from=first, valid_to=None, about=About.VISIT)
        return replace(found, questionnaires=known.with_own(asked))


def load(connection: Connection) -> Reference:
    """Read everything; the rules come from the files of the authority's preset."""
    authority = units.authority(connection)
    if authority is None:
        raise NotInstalledError
    directory, fields = units.load_directory(connection), units.load_fields(connection)
    rules = Rules(
        directory=directory,
        routing=load_routing(authority.preset, directory, fields),
        deadlines=load_deadlines(authority.preset),
        calendar=VIETNAM,
    )
    return Reference(
        version=authority.reference_version,
        title=authority.title,
        root=authority.root,
        preset=authority.preset,
        fields=fields,
        rules=rules,
        questionnaires=questionnaires.known(connection),
    )
