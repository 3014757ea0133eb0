"""Drawing whom to ask: by a seed and the codes of dossiers, per stratum, so that nobody can choose.

Each dossier gets a mark, the SHA-256 of seed and code; in each stratum those with the smallest marks are drawn. So the
same seed and list give the same sample in whatever order the list comes, and a dossier keeps its mark when the list
grows. The seed is committed by its own SHA-256 before the list is known, and told after the draw: then anybody who
has the list can draw it again. These are permanent random numbers (E. Ohlsson, in: Business Survey Methods, 1995).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from heapq import nsmallest
from math import ceil

from offices.dossiers import StratumKey
from offices.errors import DomainError

SEED_BYTES = 32
PERCENT = 100


@dataclass(frozen=True)
class Quota:
    """How many dossiers of each stratum are drawn.

    rate     share of the stratum, above 0 up to 1, rounded up; None when `number` says it
    number   dossiers of each stratum, 1 or more; None when `rate` says it
    minimum  at least so many of each stratum; a stratum with no more dossiers is drawn whole

    Raises DomainError `quota_wrong` for neither or both, or for what is out of range.
    """

    rate: Fraction | None = None
    number: int | None = None
    minimum: int = 0

    def __post_init__(self) -> None:
        one = self.number if self.rate is None else self.rate
        both = self.rate is not None and self.number is not None
        is_rate_right = self.rate is None or self.rate <= 1
        if both or one is None or one <= 0 or not is_rate_right or self.minimum < 0:
            raise DomainError("quota_wrong")

    def of(self, size: int) -> int:
        """Return how many of a stratum of so many dossiers are drawn."""
        wanted = ceil(self.rate * size) if self.rate is not None else self.number or 0
        return min(size, max(wanted, self.minimum))


@dataclass(frozen=True)
class Sample:
    """What was drawn of a list.

    sizes        dossiers on the list, by stratum
    drawn        codes of the drawn dossiers in the order of their marks, by stratum; strata in order
    list_digest  of the whole list, in hex; equal for two lists of the same dossiers in the same strata
    """

    sizes: Mapping[StratumKey, int]
    drawn: Mapping[StratumKey, tuple[str, ...]]
    list_digest: str

    @property
    def text(self) -> str:
        """Write the sample, a line for each dossier: unit, field, level, place in its stratum, code, by tabs."""
        return "".join(
            "\t".join((*key, str(place), code)) + "\n"
            for key, codes in self.drawn.items()
            for place, code in enumerate(codes, start=1)
        )

    @property
    def digest(self) -> str:
        """Return the SHA-256 of `text`, in hex."""
        return sha256(self.text.encode()).hexdigest()


def commitment(seed: bytes) -> str:
    """Return what is told of a seed before the list is known: its SHA-256, in hex."""
    return sha256(seed).hexdigest()


def mark(seed: bytes, code: str) -> bytes:
    """Return the mark of a dossier under a seed: SHA-256 of the seed's bytes and the code in UTF-8."""
    return sha256(seed + code.encode()).digest()


@dataclass(frozen=True)
class Planned:
    """What a draw of a list would take, told without a seed.

    strata       of each, in order: dossiers on the list, and how many are drawn
    list_digest  as that of the sample
    """

    strata: Mapping[StratumKey, tuple[int, int]]
    list_digest: str


def planned(listed: Iterable[tuple[StratumKey, str]], quota: Quota) -> Planned:
    """Tell how many of each stratum would be drawn; ValueError for a code that is there twice."""
    strata = _in_order(listed)
    return Planned({key: (len(each), quota.of(len(each))) for key, each in strata.items()}, _digest(strata))


_RATE = re.compile(r"(\d{1,3}(?:[.,]\d{1,6})?) ?%?")


def rate_of(typed: str) -> Fraction:
    """Read a rate as people write it in percent: "10", "2,5 %". DomainError `quota_wrong` for anything else."""
    found = _RATE.fullmatch(typed.strip())
    if found is None:
        raise DomainError("quota_wrong")
    return Fraction(found[1].replace(",", ".")) / PERCENT


def draw(seed: bytes, listed: Iterable[tuple[StratumKey, str]], quota: Quota) -> Sample:
    """Draw from the list of finished dossiers, pairs of stratum and code.

    Raises ValueError for a seed that is not SEED_BYTES long, or a code that is there twice.
    """
    if len(seed) != SEED_BYTES:
        raise ValueError(f"a seed has {SEED_BYTES} bytes")
    in_order = _in_order(listed)
    drawn = {
        key: tuple(code for _, code in nsmallest(quota.of(len(each)), ((mark(seed, code), code) for code in each)))
        for key, each in in_order.items()
    }
    return Sample({key: len(each) for key, each in in_order.items()}, drawn, _digest(in_order))


def _in_order(listed: Iterable[tuple[StratumKey, str]]) -> dict[StratumKey, list[str]]:
    strata: defaultdict[StratumKey, list[str]] = defaultdict(list)
    for key, code in listed:
        strata[key].append(code)
    codes = [code for each in strata.values() for code in each]
    if len(set(codes)) < len(codes):
        raise ValueError("a dossier is on the list twice")
    return {key: strata[key] for key in sorted(strata)}


def _digest(strata: Mapping[StratumKey, Iterable[str]]) -> str:
    found = sha256()
    for key, codes in strata.items():
        for code in sorted(codes):
            found.update(("\t".join((*key, code)) + "\n").encode())
    return found.hexdigest()
