"""How well the integrity checks find planted fraud in a simulated year of an authority of 300 units.

    uv run python benchmarks/fraud.py                  # held-out seeds 201 and 202, under a minute
    uv run python benchmarks/fraud.py --json
    uv run python benchmarks/fraud.py --seed 7 --units 100
    uv run python benchmarks/fraud.py --honest --seed 203     # a year in which nothing was planted

The thresholds of surveys/integrity.toml were set on the seeds 1 to 4 and are measured on others. A rating counts as
found when it is suspect (surveys.integrity). Standard library and the core only. Exit code 1 when over all seeds recall
is below 95 % or precision below 90 %.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from benchmarks.frauds.plant import KINDS, plant
from benchmarks.frauds.year import Year, honest_year
from surveys.integrity import Findings, check
from surveys.integrity_rules import load_rules

HELD_OUT = (201, 202)
UNITS = 300
LEAST_RECALL, LEAST_PRECISION = 0.95, 0.9


@dataclass
class Found:
    """Counts over one or more years: planted and found by kind, ratings flagged by detector, fraud among them."""

    ratings: int = 0
    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    suspect: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def recall(self) -> float:
        """Share of planted ratings that are suspect."""
        return self.found.total() / max(1, self.planted.total())

    @property
    def precision(self) -> float:
        """Share of suspect ratings that were planted."""
        return self.found.total() / max(1, self.suspect)

    def add(self, year: Year, findings: Findings) -> None:
        """Count one year."""
        self.ratings += len(year.facts)
        self.planted.update(year.planted.values())
        self.found.update(kind for number, kind in year.planted.items() if number in findings.suspect)
        self.suspect += len(findings.suspect)
        for number, flags in findings.flags.items():
            codes = {flag.detector for flag in flags}
            self.flagged.update(codes)
            self.right.update(codes if number in year.planted else ())


def simulate(seed: int, units: int = UNITS, *, honest: bool = False) -> Year:
    """Make the year of a seed, its ratings in no order; `honest` = nothing is planted."""
    year = honest_year(Random(seed), units)  # noqa: S311 - a simulation repeats
    if not honest:
        plant(year)
    year.chance.shuffle(year.facts)
    return year


def measure(seeds: Iterable[int], units: int = UNITS, *, honest: bool = False) -> Found:
    """Check the years of several seeds."""
    found = Found()
    for seed in seeds:
        year = simulate(seed, units, honest=honest)
        began = time.perf_counter()
        findings = check(year.facts)
        found.seconds += time.perf_counter() - began
        found.add(year, findings)
    return found


def as_json(found: Found, seeds: Sequence[int]) -> dict[str, object]:
    """Return the figures for a program."""
    return {
        "seeds": list(seeds),
        "ratings": found.ratings,
        "planted": found.planted.total(),
        "suspect": found.suspect,
        "recall": round(found.recall, 4),
        "precision": round(found.precision, 4),
        "kinds": {
            kind: {
                "planted": found.planted[kind],
                "found": found.found[kind],
                "recall": round(found.found[kind] / max(1, found.planted[kind]), 4),
            }
            for kind in KINDS
        },
        "detectors": {
            code: {
                "points": detector.points,
                "flagged": found.flagged[code],
                "planted": found.right[code],
                "precision": round(found.right[code] / max(1, found.flagged[code]), 4),
            }
            for code, detector in load_rules().detectors.items()
        },
        "seconds_of_checking": round(found.seconds, 1),
    }


def as_markdown(found: Found) -> str:
    """Write the tables of docs/integrity.md."""
    rules = load_rules()
    kinds = [
        f"| {kind} | {planted:,} | {hits:,} | {_percent(hits, planted)} |"
        for kind, planted, hits in ((kind, found.planted[kind], found.found[kind]) for kind in KINDS)
    ]
    detectors = [
        f"| {code} | {each.points} | {found.flagged[code]:,} | {_percent(found.right[code], found.flagged[code])} |"
        for code, each in rules.detectors.items()
    ]
    summary = (
        f"{found.ratings:,} ratings, {found.suspect:,} suspect ({1000 * found.suspect / found.ratings:.1f} of 1,000), "
        f"precision **{100 * found.precision:.1f} %**."
    )
    return "\n".join([
        "| planted fraud | ratings | found | recall |", "|---|--:|--:|--:|", *kinds,
        f"| **all** | {found.planted.total():,} | {found.found.total():,} | **{100 * found.recall:.1f} %** |",
        "", summary, "",
        "| detector | points | flagged | of them planted |", "|---|--:|--:|--:|", *detectors,
    ])  # fmt: skip


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seed", type=int, action="append", help="a year's seed; several times for several years")
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--honest", action="store_true", help="plant nothing: how many honest ratings are suspect")
    parser.add_argument("--json", action="store_true", help="for a program")
    args = parser.parse_args()
    seeds = args.seed or list(HELD_OUT)
    found = measure(seeds, args.units, honest=args.honest)
    if args.json:
        print(json.dumps(as_json(found, seeds), ensure_ascii=False, indent=1))
    else:
        print(f"seeds {', '.join(map(str, seeds))}, {args.units} units, {found.seconds:.1f} s of checking\n")
        print(as_markdown(found))
    if args.honest:
        return 0
    return 0 if found.recall >= LEAST_RECALL and found.precision >= LEAST_PRECISION else 1


if __name__ == "__main__":
    sys.exit(main())
