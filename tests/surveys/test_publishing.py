"""Published versions stay as they are."""

from dataclasses import replace
from datetime import date

import pytest

from offices.datafiles import Label
from offices.errors import DataError
from surveys.items import Choice
from surveys.publishing import digest, published, refuse_changed
from surveys.questionnaires import Questionnaire
from surveys.registry import packaged

HEALTH = packaged().load("health")
WAITING = packaged().load("waiting-time")
ITEM = HEALTH.items[0]
NEW = Label("mới", "new")


def test_every_shipped_version_is_published_and_unchanged() -> None:
    assert {(each.code, each.version): digest(each) for each in packaged().versions()} == dict(published()), (
        "a published version changed: write the next version; a new one is added to surveys/published.toml"
    )


@pytest.mark.parametrize(
    "changed",
    [
        replace(HEALTH, title=NEW),
        replace(HEALTH, source=NEW),
        replace(HEALTH, valid_from=date(2026, 10, 1)),
        replace(HEALTH, factors={**HEALTH.factors, "access": NEW}),
        replace(HEALTH, items=HEALTH.items[1:]),
        replace(HEALTH, items=(replace(ITEM, prompt=replace(ITEM.prompt, en="Else")), *HEALTH.items[1:])),
        replace(HEALTH, items=(replace(ITEM, optional=False), *HEALTH.items[1:])),
        replace(HEALTH, items=(replace(ITEM, choices=(*ITEM.choices[:4], Choice("5", NEW))), *HEALTH.items[1:])),
        replace(
            WAITING,
            items=(replace(WAITING.items[0], amount=replace(WAITING.items[0].amount, high=90)), *WAITING.items[1:])
            if WAITING.items[0].amount
            else (),
        ),
        replace(WAITING, items=(*WAITING.items[:2], replace(WAITING.items[2], when=None), *WAITING.items[3:])),
    ],
)
def test_nothing_that_is_asked_or_counted_can_change_in_a_published_version(changed: Questionnaire) -> None:
    with pytest.raises(DataError, match=r"mine\.toml: version: 1 cannot be used; .* version = 2"):
        refuse_changed(changed, "mine.toml", packaged())
    refuse_changed(replace(changed, version=2), "mine.toml", packaged())
    refuse_changed(replace(changed, code="other"), "mine.toml", packaged())


def test_a_published_version_may_get_its_last_day() -> None:
    refuse_changed(replace(HEALTH, valid_to=date(2027, 6, 30)), "mine.toml", packaged())
