"""Publishing a draft: what it changes, what that means for the figures, from which day on; then a confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from aiohttp import web

from admin.calls import Call, see_other
from admin.pages import Page
from admin.problems import words_of
from admin.views.questionnaire_drafts import faults_of, found_draft, preview_of
from admin.views.questionnaires import PATH, SECTION
from offices.errors import DataError, DomainError
from storage import questionnaire_drafts
from storage.questionnaire_drafts import Draft
from surveys.drafting import earliest, read_draft
from surveys.questionnaires import Questionnaire
from surveys.revision import Revision, Series, compare, effect_on_series


@dataclass(frozen=True)
class PublishPage(Page):
    """A draft without faults, before it becomes a version.

    before    the newest version that is asked one day, or was; None for a new questionnaire
    version   the number it will get
    earliest  the first day on which it may be asked
    typed     the day that was chosen
    """

    draft: Draft
    asked: Questionnaire
    before: Questionnaire | None
    version: int
    earliest: date
    typed: str
    revision: Revision | None
    series: Series
    because: Sequence[str]
    preview: str
    problem: str = ""
    unconfirmed: bool = False
    template: ClassVar[str] = "questionnaire_publish.html"


async def review(call: Call) -> web.StreamResponse:
    """Show what publishing a draft would change; one with faults is led back to them."""
    draft = await found_draft(call)
    if faults_of(call, draft.text, draft.code):
        return see_other(f"{PATH}/drafts/{draft.id}")
    return call.page(_page(call, draft), SECTION)


async def publish(call: Call) -> web.StreamResponse:
    """Publish a draft as it was read."""
    draft = await found_draft(call)
    first_day, revision = call.form.day("first_day"), call.form.number("revision") or 0
    if faults_of(call, draft.text, draft.code):
        return see_other(f"{PATH}/drafts/{draft.id}")
    if first_day is None:
        return call.refused(_page(call, draft, call.words.t("common.wrong_date")), SECTION)
    if call.form.text("sure") != "yes":
        return call.refused(_page(call, draft, unconfirmed=True), SECTION)
    try:
        made = await call.write(
            lambda connection: questionnaire_drafts.publish(
                connection, draft.id, revision, first_day, call.me.id, call.now
            )
        )
    except DomainError as error:
        return call.refused(_page(call, draft, words_of(error, call.words, call.reference)), SECTION)
    except DataError:
        return call.refused(_page(call, draft, call.words.t("questionnaires.ends_before")), SECTION)
    return see_other(f"{PATH}/{made.code}/{made.version}", done="questionnaire_publish")


def _page(call: Call, draft: Draft, problem: str = "", *, unconfirmed: bool = False) -> PublishPage:
    known = call.reference.questionnaires
    asked = read_draft(draft.text, draft.code, known)
    before = known.last_to_begin(draft.code)
    series, because = effect_on_series(before, asked) if before else (Series.GOES_ON, ())
    possible = earliest(draft.code, known, call.today)
    return PublishPage(
        draft=draft,
        asked=asked,
        before=before,
        version=known.next_version(draft.code),
        earliest=possible,
        typed=call.form.raw("first_day") or possible.isoformat(),
        # The first day is chosen here; what the text says of it until then means nothing.
        revision=compare(before, replace(asked, valid_from=before.valid_from)) if before else None,
        series=series,
        because=because,
        preview=preview_of(call, draft),
        problem=problem,
        unconfirmed=unconfirmed,
    )
