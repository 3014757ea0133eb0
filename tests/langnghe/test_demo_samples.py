"""The sample texts: none of them would be taken for anything but a rating or a PAKN."""

from collections.abc import Iterator
from typing import Any

import pytest

from langnghe.demo import samples
from offices.presets import load_preset, preset_names
from petitions.kinds import Kind, Subject, recognise, signals
from petitions.names import reasons
from surveys.registry import packaged


def texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from texts(part)
        case list() | tuple():
            for part in value:
                yield from texts(part)


def test_there_are_enough_petitions_on_every_subject() -> None:
    found = [sample.subject for sample in samples.sample_petitions()]
    assert len(found) >= 90
    assert set(found) == set(Subject)
    assert len({sample.text for sample in samples.sample_petitions()}) == len(found)


@pytest.mark.parametrize("sample", samples.sample_petitions(), ids=lambda sample: sample.text[:30])
def test_every_petition_is_a_pakn(sample: samples.Sample) -> None:
    assert recognise(sample.text).kind is Kind.PAKN
    assert sample.answer


def test_nothing_that_is_written_is_a_denunciation() -> None:
    written = [*texts(dict(samples.letters())), *texts(dict(samples.comments()))]
    assert len(written) > 100
    assert [text for text in written if any(signal.kind is Kind.DENUNCIATION for signal in signals(text))] == []


@pytest.mark.parametrize("name", preset_names())
def test_every_field_is_known_and_somebody_answers_for_it(name: str) -> None:
    preset = load_preset(name)
    named = {sample.field for sample in samples.sample_petitions()} | {
        sample.about for sample in samples.sample_petitions() if sample.about != samples.COUNTER
    }
    for field in named - {None} | {served.code for served in samples.served_fields()}:
        assert str(field) in preset.fields
        assert preset.units.for_field(str(field), preset.valid_from)


def test_reasons_are_those_of_the_questionnaire_and_of_the_desk() -> None:
    choices = {choice.code for choice in packaged().load("quick").item("reason").choices}
    assert samples.reasons().keys() == choices
    assert samples.comments().keys() == choices | {"satisfied", "neutral"}
    assert {each["reason"] for each in samples.letters()["rejections"]} | {"unclear"} <= reasons().keys()


def test_the_year_has_twelve_months() -> None:
    assert len(samples.months()) == 12
