"""Answers weighed by the list of finished dossiers: the post-stratified estimate, beside the raw one.

Citizens of one field or level answer more readily than others. When the list is known, each stratum (unit, field,
level) counts by its dossiers and not by its answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from surveys.intervals import CENSUS, Interval, Part, interval_of, square_and_add
from surveys.scoring import MINIMUM_N

POST_STRATIFIED = "post-stratified/1"
STRATIFIED = "stratified/1"
WITH_EXCLUDED = "stratified-with-excluded/1"


@dataclass(frozen=True)
class Stratum:
    """The finished dossiers of one unit, field and level, and who of their citizens answered.

    population  dossiers on the list; n: respondents among them, at most population
    satisfied   respondents who were satisfied; for an index its share times n, so it may be a fraction
    """

    unit: str
    field: str
    level: str
    population: int
    n: int
    satisfied: int | Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.satisfied <= self.n <= self.population:
            raise ValueError(f"{self.unit}/{self.field}/{self.level}: {self.n} answered of {self.population}")


@dataclass(frozen=True)
class Cell:
    """A stratum with answers, and the ones without any that it stands for."""

    host: Stratum
    joined: tuple[Stratum, ...] = ()

    @property
    def population(self) -> int:
        """The dossiers it stands for, those of the joined strata among them."""
        return self.host.population + sum(each.population for each in self.joined)

    @property
    def share(self) -> Fraction:
        """The satisfied share of its respondents."""
        return Fraction(self.host.satisfied) / self.host.n


@dataclass(frozen=True)
class PostStratified:
    """A satisfied share of all finished dossiers, with all that has to be said beside it.

    n            respondents; population: the dossiers of the whole list
    share        0..1, exact, over the covered dossiers; None when n < MINIMUM_N
    interval     None without a share, and when every dossier answered. It is about the whole list: its low end takes
                 the excluded dossiers as dissatisfied, its high end as satisfied.
    raw_share    the same answers unweighted
    effective_n  how many answers of a simple random sample tell as much, were all strata alike (Kish)
    cells        each with the strata without answers that were joined to it
    excluded     strata of units where nobody answered: the share is not about them
    """

    n: int
    population: int
    share: Fraction | None
    interval: Interval | None
    interval_id: str | None
    raw_share: Fraction | None
    effective_n: Fraction | None
    cells: tuple[Cell, ...]
    excluded: tuple[Stratum, ...]
    formula_id: str = POST_STRATIFIED

    @property
    def joined(self) -> tuple[Stratum, ...]:
        """The strata without answers which another one stands for."""
        return tuple(each for cell in self.cells for each in cell.joined)

    @property
    def excluded_share(self) -> Fraction:
        """The share of the list that nothing is known about."""
        return Fraction(sum(each.population for each in self.excluded), self.population or 1)


def collapse(strata: Iterable[Stratum]) -> tuple[tuple[Cell, ...], tuple[Stratum, ...]]:
    """Join each stratum without answers to one that has some; return the cells, and the strata left out.

    It goes to the stratum of its unit and field with the most answers; where its field has none, to that of its unit.
    A unit without answers is left out: no other unit may stand for it. Strata without dossiers weigh nothing
    and are dropped. ValueError when one is there twice.
    """
    listed = sorted((each for each in strata if each.population), key=_key)
    for one, other in pairwise(listed):
        if _key(one) == _key(other):
            raise ValueError(f"{'/'.join(_key(one))} is there twice")
    hosts = [each for each in listed if each.n]
    joined: dict[Stratum, list[Stratum]] = {host: [] for host in hosts}
    excluded = list[Stratum]()
    for stratum in listed:
        if stratum.n:
            continue
        host = _host(stratum, hosts)
        (excluded if host is None else joined[host]).append(stratum)
    return tuple(Cell(host, tuple(others)) for host, others in joined.items()), tuple(excluded)


def _key(stratum: Stratum) -> tuple[str, str, str]:
    return stratum.unit, stratum.field, stratum.level


def _host(stratum: Stratum, hosts: Sequence[Stratum]) -> Stratum | None:
    of_unit = [each for each in hosts if each.unit == stratum.unit]
    of_field = [each for each in of_unit if each.field == stratum.field]
    # The first of several with as many answers: the order of the codes decides, not that of the input.
    return max(of_field or of_unit, key=lambda each: (each.n, each.population), default=None)


def post_stratify(strata: Iterable[Stratum]) -> PostStratified:
    """Estimate the satisfied share of all dossiers: each cell's share, weighed by its dossiers.

    Sources: D. Holt, T. M. F. Smith, Journal of the Royal Statistical Society A 142 (1979), 33-46 (given the answers
    of each stratum); W. G. Cochran, Sampling Techniques, 3rd edition (1977), section 5A.9; L. Kish, Survey Sampling
    (1965), section 11.7.
    """
    listed = tuple(strata)
    cells, excluded = collapse(listed)
    n, population = sum(each.n for each in listed), sum(each.population for each in listed)
    if n < MINIMUM_N:
        return PostStratified(n, population, None, None, None, None, None, cells, excluded)
    covered = sum(cell.population for cell in cells)
    share = sum((cell.population * cell.share for cell in cells), Fraction(0)) / covered
    effective_n = covered**2 / sum((Fraction(cell.population**2, cell.host.n) for cell in cells), Fraction(0))
    interval = _interval(cells, share, effective_n)
    interval_id = CENSUS if interval is None else STRATIFIED
    if excluded:
        interval, interval_id = _with_excluded(interval, share, Fraction(covered, population)), WITH_EXCLUDED
    return PostStratified(
        n=n,
        population=population,
        share=share,
        interval=interval,
        interval_id=interval_id,
        raw_share=sum((Fraction(each.satisfied) for each in listed), Fraction(0)) / n,
        effective_n=effective_n,
        cells=cells,
        excluded=excluded,
    )


def _interval(cells: Sequence[Cell], share: Fraction, effective_n: Fraction) -> Interval | None:
    """Give the interval over the covered dossiers: at each end the wider of two, None for a full count.

    One adds up the intervals of the cells: it knows that some vary more than others, but is too narrow upwards where
    many small cells are all satisfied. The other is that of a simple sample of the effective n: it knows how skewed
    a high share is, but takes all cells as alike. Each alone errs in 6 or 7 % of some surveys (docs/figures.md).
    """
    covered, n = sum(cell.population for cell in cells), sum(cell.host.n for cell in cells)
    alike = interval_of(share, effective_n, n, covered)[1]
    if alike is None:
        return None
    added = square_and_add(
        Part(
            Fraction(cell.population, covered),
            cell.share,
            interval_of(cell.share, cell.host.n, cell.host.n, cell.population)[1],
        )
        for cell in cells
    )
    return Interval(max(min(alike.low, added.low), 0.0), min(max(alike.high, added.high), 1.0))


def _with_excluded(interval: Interval | None, share: Fraction, covered: Fraction) -> Interval:
    """Widen an interval over the covered part (0..1) of a list to all of it, whatever the rest may think."""
    low, high = interval.ends if interval else (share, share)
    return Interval(float(low * covered), float(high * covered + 1 - covered))
