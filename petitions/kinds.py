"""What a text is before it is stored: a PAKN, or something another door is made for.

Denunciations (tố cáo) and complaints (khiếu nại) lie outside PAKN (NĐ 20/2008/NĐ-CP Điều 1), emergencies need a
telephone, questions an answer. The phrases are data: `recognition.toml`. Recognition is a reason to ask the citizen,
never a verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from offices.datafiles import Table, read_file
from petitions.phrases import Phrases, Words, words_of


class Kind(StrEnum):
    """What a text seems to be, most urgent first."""

    EMERGENCY = "emergency"
    DENUNCIATION = "denunciation"
    COMPLAINT = "complaint"
    QUESTION = "question"
    PAKN = "pakn"

    @property
    def may_insist(self) -> bool:
        """Whether the citizen may say "it is a PAKN all the same"; never for a denunciation: its sender is secret."""
        return self is not Kind.DENUNCIATION


class Subject(StrEnum):
    """What a PAKN is about; QĐ 766/QĐ-TTg counts rules and the conduct of officials apart."""

    REGULATION = "regulation"
    CONDUCT = "conduct"
    SITE = "site"


@dataclass(frozen=True)
class Recognition:
    """A kind with the citizen's own words that speak for it, and the telephone numbers an emergency needs."""

    kind: Kind
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def recognise(text: str) -> Recognition:
    """Find the most urgent kind `text` shows signs of; without any sign it is a PAKN."""
    return next(iter(signals(text)), Recognition(Kind.PAKN))


def signals(text: str) -> tuple[Recognition, ...]:
    """List every kind `text` shows signs of, most urgent first; empty for a plain PAKN.

    A face that led an emergency on to its PAKN must still look for a denunciation among the rest before it stores
    anything.
    """
    words = words_of(text)
    rules = _rules()
    found = [_emergency(words), _plain(words, Kind.DENUNCIATION), _plain(words, Kind.COMPLAINT)]
    asked = rules.question.found_in(words)
    if asked and not rules.problems.found_in(words) and not any(found):
        found.append(Recognition(Kind.QUESTION, asked))
    return tuple(recognition for recognition in found if recognition is not None)


def suggest_subject(text: str) -> Subject | None:
    """Suggest the subject most phrases of `text` speak for, conduct before place before rule; None when nothing speaks.

    Conduct wins over any number of other words: it is the subject that must not reach the line it is about.
    """
    words = words_of(text)
    found = {subject: phrases.found_in(words) for subject, phrases in _rules().subjects.items()}
    if found[Subject.CONDUCT]:
        return Subject.CONDUCT
    best = max((Subject.SITE, Subject.REGULATION), key=lambda subject: len(found[subject]))
    return best if found[best] else None


@dataclass(frozen=True)
class _Rules:
    """The phrases of recognition.toml, ready to match."""

    emergencies: Mapping[str, Phrases]
    kinds: Mapping[Kind, Phrases]
    question: Phrases
    problems: Phrases
    subjects: Mapping[Subject, Phrases]


@cache
def _rules() -> _Rules:
    return read_file(files("petitions") / "recognition.toml", _read_rules)


def _read_rules(table: Table) -> _Rules:
    return _Rules(
        emergencies=dict(table.tables("emergency", _read_emergency, required=True, unique="number")),
        kinds={kind: table.table(kind, Phrases.read) for kind in (Kind.DENUNCIATION, Kind.COMPLAINT)},
        question=table.table("question", Phrases.read),
        problems=table.table("problem", Phrases.read),
        subjects=table.table("subject", _read_subjects),
    )


def _read_emergency(row: Table) -> tuple[str, Phrases]:
    return row.text("number"), Phrases.read(row)


def _read_subjects(table: Table) -> Mapping[Subject, Phrases]:
    innocent = tuple(map(words_of, table.texts("innocent")))
    marks_needed = frozenset(words_of(phrase).marked for phrase in table.texts("marks_needed"))
    return {
        subject: Phrases(tuple(map(words_of, table.texts(subject, required=True))), innocent, (), marks_needed)
        for subject in Subject
    }


def _plain(words: Words, kind: Kind) -> Recognition | None:
    found = _rules().kinds[kind].found_in(words)
    return Recognition(kind, found) if found else None


def _emergency(words: Words) -> Recognition | None:
    found = {number: phrases.found_in(words) for number, phrases in _rules().emergencies.items()}
    numbers = tuple(number for number, hits in found.items() if hits)
    hits = tuple(hit for number in numbers for hit in found[number])
    return Recognition(Kind.EMERGENCY, hits, numbers) if numbers else None
