"""The thresholds as data: what is missing or misspelt is refused in one line."""

import tomllib
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from offices.datafiles import Table
from offices.errors import DataError
from surveys.integrity_rules import load_rules, read_rules

SHIPPED = (files("surveys") / "integrity.toml").read_text(encoding="utf-8")


def read(change: Any) -> str:
    values = tomllib.loads(SHIPPED, parse_float=Decimal)
    change(values)
    with pytest.raises(DataError) as refused:
        Table("integrity.toml", "", values).read(read_rules)
    return str(refused.value)


def test_the_shipped_file_is_read_as_it_is() -> None:
    assert Table("integrity.toml", "", tomllib.loads(SHIPPED, parse_float=Decimal)).read(read_rules) == load_rules()


def test_a_missing_detector_is_refused() -> None:
    assert "add: helper_fives" in read(lambda values: values["detectors"].pop())


def test_a_missing_or_unknown_threshold_is_refused() -> None:
    assert "detectors[1].limits.times" in read(lambda values: values["detectors"][0]["limits"].pop("times"))
    assert "detectors[1].limits.time" in read(lambda values: values["detectors"][0]["limits"].update(time=3))


def test_an_unknown_detector_or_need_is_refused() -> None:
    assert "detectors[1].code" in read(lambda values: values["detectors"][0].update(code="x"))
    assert "detectors[1].needs" in read(lambda values: values["detectors"][0].update(needs=["x"]))


def test_every_line_has_its_facts_in_both_languages() -> None:
    for detector in load_rules().detectors.values():
        if detector.limits:
            assert "{value}" in detector.says.vi
            assert ("{size}" in detector.says.vi) == ("{size}" in detector.says.en)
            assert ("{limit}" in detector.says.vi) == ("{limit}" in detector.says.en)
