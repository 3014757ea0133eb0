"""The plans' targets, and what a measured figure says about them.

A figure from ratings is a sample: it meets a target only when its whole 95 % interval does, misses it only
when the whole interval does, and between them nothing can be concluded. A full count is compared exactly.
Nothing is rounded, and ">" differs from ">=": 90.00 fails "trên 90 %".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from offices.datafiles import Label, Table, read_file
from offices.errors import DataError
from surveys.measurement import Measurement
from surveys.plan import Commitment, Operator, Plan, Target
from surveys.plan_file import read_plan

__all__ = ["Judgement", "Plan", "Target", "Verdict", "compare", "load_plans", "plan", "reason_label", "verdict_label"]


class Verdict(StrEnum):
    """What can be said about a target; its words stand in verdicts.toml."""

    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    PROGRESS_REACHED = "progress_reached"
    PROGRESS_BELOW = "progress_below"
    TOO_FEW = "too_few"
    NO_DATA = "no_data"


@dataclass(frozen=True)
class Judgement:
    """A verdict and its reason (a code of verdicts.toml).

    is_stretch_reached   the plan names a second, higher value and it is surely reached too
    """

    verdict: Verdict
    reason: str
    is_stretch_reached: bool = False

    @property
    def is_breach(self) -> bool:
        """Whether a firm target is surely missed."""
        return self.verdict is Verdict.NOT_MET


def compare(target: Target, measurement: Measurement) -> Judgement:
    """Hold a measurement (in the unit of the target's metric) against the target."""
    if measurement.value is None:
        reason = measurement.missing or "nothing_counted"
        return Judgement(Verdict.TOO_FEW if reason == "below_minimum" else Verdict.NO_DATA, reason)
    reached = _surely_reaches(measurement, target.operator, target.value)
    stretch = target.stretch_value is not None and _surely_reaches(measurement, target.operator, target.stretch_value)
    how = "count" if measurement.is_full_count else "interval"
    if reached is None:
        return Judgement(Verdict.INCONCLUSIVE, "interval_holds_target")
    is_aim = target.commitment is Commitment.STRIVE
    if reached:
        return Judgement(Verdict.PROGRESS_REACHED if is_aim else Verdict.MET, f"{how}_reaches", bool(stretch))
    return Judgement(Verdict.PROGRESS_BELOW if is_aim else Verdict.NOT_MET, f"{how}_misses")


def _surely_reaches(measurement: Measurement, operator: Operator, value: Fraction) -> bool | None:
    """Tell whether every value of the interval fulfils `operator value`, none does (False), or some do (None).

    The operators are monotone, so the two ends decide for all values between them.
    """
    ends = (measurement.value,) if measurement.is_full_count else (measurement.low, measurement.high)
    fulfilled = {_fulfils(end, operator, value) for end in ends if end is not None}
    return fulfilled.pop() if len(fulfilled) == 1 else None


def _fulfils(figure: Fraction, operator: Operator, value: Fraction) -> bool:
    match operator:
        case Operator.ABOVE:
            return figure > value
        case Operator.AT_LEAST:
            return figure >= value
        case Operator.AT_MOST:
            return figure <= value
        case Operator.BELOW:
            return figure < value


@cache
def load_plans() -> Mapping[str, Plan]:
    """Read the shipped plans by code; DataError when one cannot be used."""
    entries = sorted((files("surveys") / "plans").iterdir(), key=lambda entry: entry.name)
    plans = [read_file(entry, read_plan) for entry in entries if entry.name.endswith(".toml")]
    return MappingProxyType({plan.code: plan for plan in plans})


def plan(code: str) -> Plan:
    """Find a shipped plan; DataError naming the plans there are."""
    plans = load_plans()
    if code not in plans:
        raise DataError("surveys/plans", "code", code, f"name one of: {', '.join(plans)}")
    return plans[code]


@cache
def _labels() -> Mapping[str, Mapping[str, Label]]:
    return read_file(files("surveys") / "verdicts.toml", _read_labels)


def _read_labels(table: Table) -> Mapping[str, Mapping[str, Label]]:
    return {kind: dict(table.tables(kind, _read_label, unique="code")) for kind in ("verdicts", "reasons")}


def _read_label(table: Table) -> tuple[str, Label]:
    return table.text("code"), table.label("label")


def verdict_label(verdict: Verdict) -> Label:
    """Say a verdict in words."""
    return _labels()["verdicts"][verdict.value]


def reason_label(reason: str) -> Label:
    """Say the reason of a judgement in words."""
    return _labels()["reasons"][reason]
