"""A questionnaire being written: how its text begins, all that is wrong with it, and the text that is published.

The TOML text is the one truth of a draft. Its code is given when it is begun; its number and its first day are set
when it is published, whatever the text says of them until then.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from offices.datafiles import Faults, Label
from offices.errors import DataError, DomainError
from surveys.definition_text import written
from surveys.items import BEST_SCORE, Choice, Item, ItemKind
from surveys.metrics import load_metrics
from surveys.publishing import canonical
from surveys.questionnaires import CODE, About, Questionnaire, Round, load_text
from surveys.registry import ALWAYS_ASKED, Questionnaires

LONGEST_DRAFT = 200_000
"""Characters of a draft: ten times the longest packaged questionnaire."""

_HEAD_END = re.compile(r"^\s*\[", re.MULTILINE)
_SCALE = (
    Label("Rất không hài lòng", "Very dissatisfied"), Label("Không hài lòng", "Dissatisfied"),
    Label("Bình thường", "Neutral"), Label("Hài lòng", "Satisfied"), Label("Rất hài lòng", "Very satisfied"),
)  # fmt: skip
"""Domain reference 3.3."""


def first_text(base: Questionnaire | None, code: str, version: int, day: date) -> str:
    """Write the text that a draft begins with: a copy of `base` without its last day, or one item to go on from.

    Raises DomainError `questionnaire_code_unfit` (code).
    """
    if not CODE.fullmatch(code):
        raise DomainError("questionnaire_code_unfit", code=code)
    start = base or _smallest()
    about = start.about if start.code == code else About.VISIT
    return written(replace(start, code=code, version=version, valid_from=day, valid_to=None, about=about))


def read_draft(text: str, code: str, known: Questionnaires) -> Questionnaire:
    """Read the draft of a version of `code`; DataError tells in `each` all that keeps it from being published."""
    if len(text) > LONGEST_DRAFT:
        raise DataError(code, "(file)", f"{len(text)}", f"write at most {LONGEST_DRAFT} characters")
    found = load_text(text, code)
    faults = Faults()
    with faults:
        if found.code != code:
            raise DataError(code, "code", found.code, f"write {code}: a draft stays with its questionnaire")
    with faults:
        _refuse_other_subject(found, code, known)
    with faults:
        _refuse_other_kinds(found, code, known)
    with faults:
        _refuse_what_loses_targets(found, code)
    faults.tell()
    return found


def completed(text: str, draft: Questionnaire, version: int, first_day: date) -> tuple[str, Questionnaire]:
    """Return the text of a draft with its number and first day, and what it says; comments and layout stay.

    Raises DataError for a last day before the first.
    """
    wanted = replace(draft, version=version, valid_from=first_day)
    for name, value in (("version", str(version)), ("valid_from", first_day.isoformat())):
        text = _with(text, name, value)
    try:
        found = load_text(text, draft.code)
    except DataError as error:
        if any(each.place == "valid_to" for each in error.each):
            raise
        found = draft
    # A head written in a way that the lines above do not find, such as quoted keys, is laid out anew.
    return (text, found) if found == wanted else (written(wanted), wanted)


def earliest(code: str, known: Questionnaires, today: date) -> date:
    """Return the first day on which the next version of a code may begin: today, or the day after the newest began.

    A version that was taken back by its first day counts as if it had never been published.
    """
    beginning = [each for each in known.versions() if each.code == code and known.begins(each)]
    days = [each.valid_from for each in beginning if known.is_own(each) or each.valid_from <= today]
    return max([today, *(day + timedelta(days=1) for day in days)])


def refuse_unfit(draft: Questionnaire, first_day: date, known: Questionnaires, today: date) -> None:
    """Refuse what may not be published on that day.

    Raises DomainError: `questionnaire_day_unfit` (day, earliest), `questionnaire_unchanged` (version) when it asks
    exactly what the newest version asks that is not withdrawn, `questionnaire_ends` (code, day) when it ends and has
    to be asked always.
    """
    if draft.code == ALWAYS_ASKED and draft.valid_to is not None:
        raise DomainError("questionnaire_ends", code=draft.code, day=draft.valid_to)
    possible = earliest(draft.code, known, today)
    if first_day < possible:
        raise DomainError("questionnaire_day_unfit", day=first_day, earliest=possible)
    newest = known.newest(draft.code)
    if newest is not None:
        same = replace(draft, version=newest.version, valid_from=newest.valid_from)
        if canonical(same) == canonical(newest) and draft.valid_to == newest.valid_to:
            raise DomainError("questionnaire_unchanged", version=newest.version)


def usual_scale() -> tuple[Choice, ...]:
    """Return the five steps in the words of the ministry's form."""
    return tuple(Choice(str(score), label) for score, label in zip(range(1, BEST_SCORE + 1), _SCALE, strict=True))


def _smallest() -> Questionnaire:
    prompt = Label("Nhìn chung, Ông/Bà hài lòng ở mức nào?", "Overall, how satisfied are you?")
    overall = Item("overall", None, ItemKind.SCALE5, prompt, usual_scale(), optional=False, when=None)
    return Questionnaire(
        code="",
        version=1,
        title=Label("Phiếu hỏi mới", "New questionnaire"),
        source=Label("Câu hỏi của cơ quan.", "The authority's own questions."),
        method_note=Label("Người trả lời tự chọn tham gia.", "Respondents choose themselves."),
        round=Round.DAY,
        about=About.VISIT,
        valid_from=date.min,
        valid_to=None,
        factors={},
        items=(overall,),
    )


def _refuse_other_subject(found: Questionnaire, code: str, known: Questionnaires) -> None:
    """Refuse a change of what is rated: petitions keep the ratings of their answers, visits are counted elsewhere."""
    about = known.load(code).about if code in known.codes() else About.VISIT
    if found.about is not about:
        raise DataError(code, "about", found.about.value, f'write about = "{about}", as in the versions before')


def _refuse_other_kinds(found: Questionnaire, code: str, known: Questionnaires) -> None:
    """Refuse an item whose code was asked in another way: its answers are counted under that code."""
    faults, before = Faults(), _kinds_before(code, known)
    for place, item in enumerate(found.items, start=1):
        with faults:
            if before.get(item.code, item.kind) is not item.kind:
                way_out = f"its answers are counted as {before[item.code]}: give this one another code"
                raise DataError(code, f"items[{place}].kind", item.kind.value, way_out)
    faults.tell()


def _kinds_before(code: str, known: Questionnaires) -> Mapping[str, ItemKind]:
    return {item.code: item.kind for each in known.versions() if each.code == code for item in each.items}


def _refuse_what_loses_targets(found: Questionnaire, code: str) -> None:
    """Refuse a version by which a target of the plans could not be measured any more.

    The item of a target is the headline, too: the portal, results and comparisons add up the headlines of all versions.
    """
    scales = {item.code for item in found.items if item.kind is ItemKind.SCALE5}
    faults = Faults()
    for item in sorted(
        {metric.item for metric in load_metrics().values() if metric.questionnaire == code and metric.item}
    ):
        with faults:
            if item not in scales:
                way_out = f'keep an item {item} of kind "scale5": targets are measured by it'
                raise DataError(code, "items", ", ".join(each.code for each in found.items), way_out)
            if found.headline != {item}:
                way_out = f'let {item} be the first item of kind "scale5", and none have a factor: {item} is the figure'
                raise DataError(code, "items", ", ".join(sorted(found.headline)), way_out)
    with faults:
        by_index = any(metric.questionnaire == code and not metric.item for metric in load_metrics().values())
        if by_index and not found.scored:
            raise DataError(code, "factors", "", "keep factors with items: targets are measured by the index")
    faults.tell()


def _with(text: str, name: str, value: str) -> str:
    """Set a value in the head of a TOML text, before its first table."""
    table = _HEAD_END.search(text)
    end = table.start() if table else len(text)
    head, rest = text[:end], text[end:]
    line = re.compile(rf"^(\s*{name}\s*=\s*)[^\s#]+", re.MULTILINE)
    return line.sub(lambda found: found[1] + value, head, count=1) + rest
