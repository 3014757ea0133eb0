"""Which questionnaires there are and which is asked when: the packaged ones, and those that the authority made itself.

A registry is a value. Whoever serves an authority makes one of `packaged()` and of the versions in its database
(storage.questionnaires) and hands it on; nothing here remembers it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, cached_property
from importlib.resources import files

from offices.errors import DataError
from surveys.questionnaires import About, Questionnaire, load_file

Key = tuple[str, int]
"""Code and version."""

ALWAYS_ASKED = "quick"
"""Posters, slips and the menu lead to it: on a day without a version of it they would lead nowhere."""


@dataclass(frozen=True)
class Days:
    """The local days on which a version is asked, both included; `last` is None while no end is known."""

    first: date
    last: date | None


@dataclass(frozen=True)
class Questionnaires:
    """Every version that is known.

    shipped    packaged versions
    own        versions that the authority published itself
    altered    own versions whose stored text is not the published one any more: they are not asked
    withdrawn  versions that the authority took back, and the first day on which they are asked no more; none takes
               their place until a later version begins. One that was taken back before it began never took the place
               of the version before

    What the authority decided stands until it decides otherwise: once an own version of a code has begun, a packaged
    one of that code is asked no more, also one that comes with a later release. A packaged version whose number an
    own one has is passed over, for answers are stored under that number.
    """

    shipped: Mapping[Key, Questionnaire]
    own: Mapping[Key, Questionnaire] = field(default_factory=dict)
    altered: frozenset[Key] = frozenset()
    withdrawn: Mapping[Key, date] = field(default_factory=dict)

    @cached_property
    def _by_code(self) -> Mapping[str, Mapping[int, Questionnaire]]:
        by_code: dict[str, dict[int, Questionnaire]] = {}
        for (code, version), each in sorted({**self.shipped, **self.own}.items()):
            if (code, version) not in self.altered:
                by_code.setdefault(code, {})[version] = each
        return by_code

    def codes(self) -> tuple[str, ...]:
        """List the codes, in the order of the alphabet."""
        return tuple(self._by_code)

    def versions(self) -> tuple[Questionnaire, ...]:
        """List every version of every questionnaire, by code and version."""
        return tuple(each for code in self.codes() for each in self._by_code[code].values())

    def is_own(self, questionnaire: Questionnaire) -> bool:
        """Whether the authority published this version itself."""
        return (questionnaire.code, questionnaire.version) in self.own

    def load(self, code: str, version: int | None = None) -> Questionnaire:
        """Return the version that is named, else the newest, the authority's own before a packaged one.

        Raises DataError when there is none, and for one that was altered.
        """
        versions = self._by_code.get(code, {})
        if (code, version) in self.altered:
            raise altered(code, version)
        if not versions:
            raise DataError("questionnaires", "code", code, f"name one of: {', '.join(self.codes())}")
        if version is None:
            version = max(versions, key=lambda number: self._rank(code, number))
        if version not in versions:
            raise DataError("questionnaires", f"{code}.version", version, f"name one of: {sorted(versions)}")
        return versions[version]

    def in_force(self, code: str, day: date) -> Questionnaire | None:
        """Return the version asked on a local day: the newest one begun, None without one or after its last day.

        A later version takes over on its first day, whether or not the one before has an end.
        """
        begun = [each for each in self._beginning(code) if each.valid_from <= day]
        newest = max(begun, key=lambda each: self._rank(code, each.version), default=None)
        if newest is None or self.is_withdrawn(newest, day):
            return None
        return newest if newest.is_asked_on(day) else None

    def is_withdrawn(self, questionnaire: Questionnaire, day: date) -> bool:
        """Whether a version was taken back by that day."""
        return self.withdrawn.get((questionnaire.code, questionnaire.version), date.max) <= day

    def begins(self, questionnaire: Questionnaire) -> bool:
        """Whether a version has begun or will begin one day: it was not taken back by its first day."""
        return not self.is_withdrawn(questionnaire, questionnaire.valid_from)

    def last_to_begin(self, code: str) -> Questionnaire | None:
        """Return the newest version that begins one day, taken back later or not: whose answers the next are beside."""
        return max(self._beginning(code), key=lambda each: self._rank(code, each.version), default=None)

    def newest(self, code: str) -> Questionnaire | None:
        """Return the version that the next one takes over from: the newest that begins one day and is not taken back.

        None where there is none, and where the newest that begins was taken back: none takes its place.
        """
        found = self.last_to_begin(code)
        return None if found is None or (code, found.version) in self.withdrawn else found

    def asked_of_visits(self, day: date) -> tuple[Questionnaire, ...]:
        """List the questionnaires by which a visit may be rated on a local day, by code."""
        found = (self.in_force(code, day) for code in self.codes())
        return tuple(each for each in found if each is not None and each.about is About.VISIT)

    def days_of(self, questionnaire: Questionnaire) -> Days | None:
        """Return the days on which a version is the one in force; None when it never is."""
        code, rank = questionnaire.code, self._rank(questionnaire.code, questionnaire.version)
        ends = [
            each.valid_from - timedelta(days=1)
            for each in self._beginning(code)
            if self._rank(code, each.version) > rank
        ]
        taken_back = self.withdrawn.get((code, questionnaire.version))
        if taken_back is not None:
            ends.append(taken_back - timedelta(days=1))
        last = min([*ends, questionnaire.valid_to or date.max])
        if last < questionnaire.valid_from:
            return None
        return Days(questionnaire.valid_from, None if last == date.max else last)

    def next_version(self, code: str) -> int:
        """Return the number that the next version of a code gets: higher than any that was ever published."""
        taken = {number for known, number in {*self.shipped, *self.own, *self.altered} if known == code}
        return max(taken, default=0) + 1

    def without(self, key: Key, first_day: date) -> "Questionnaires":
        """Return the registry as it is once a version is taken back from a local day on."""
        return replace(self, withdrawn={**self.withdrawn, key: first_day})

    def first_gap(self, key: Key, first_day: date) -> date | None:
        """Tell from which day on nobody would be asked by a code if this version of it were taken back.

        None where on every day that has a version now one stays. What is asked changes only on a version's first day,
        after its last, and on the day it is taken back, so these days are looked at.
        """
        code, after = key[0], self.without(key, first_day)
        days = {first_day, *(day for (known, _), day in self.withdrawn.items() if known == code)}
        for each in self._by_code.get(code, {}).values():
            days |= {each.valid_from, *([each.valid_to + timedelta(days=1)] if each.valid_to else [])}
        gaps = (day for day in days if self.in_force(code, day) and not after.in_force(code, day))
        return min(gaps, default=None)

    def with_own(self, questionnaire: Questionnaire) -> "Questionnaires":
        """Return the registry with one more version of the authority's own."""
        return replace(self, own={**self.own, (questionnaire.code, questionnaire.version): questionnaire})

    def _beginning(self, code: str) -> list[Questionnaire]:
        return [each for each in self._by_code.get(code, {}).values() if self.begins(each)]

    def _rank(self, code: str, version: int) -> tuple[bool, int]:
        """Order the versions of a code: of those that have begun, the highest is asked."""
        return (code, version) in self.own, version


def altered(code: str, version: int | None) -> DataError:
    """Make the error for a published version that somebody changed in the database."""
    way_out = "its stored text is not the one that was published: put it back from a backup"
    return DataError("questionnaires", f"{code}.version", version, way_out)


@cache
def packaged() -> Questionnaires:
    """Read every packaged file: a new version is a file beside the old ones, as `quick.toml` and `quick-2.toml`."""
    found: dict[Key, Questionnaire] = {}
    for entry in sorted((files("surveys") / "definitions").iterdir(), key=lambda entry: entry.name):
        questionnaire = load_file(entry)
        if (questionnaire.code, questionnaire.version) in found:
            raise DataError(entry.name, "version", questionnaire.version, "another file has it: write the next one")
        found[questionnaire.code, questionnaire.version] = questionnaire
    return Questionnaires(found)
