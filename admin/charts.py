"""Where the lines and bars of charts stand: pure geometry, drawn as SVG by templates/charts.html.

A chart carries no figure that is not in the table beside it. Shares are drawn from 0 to 100 %, so that no
difference looks larger than it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

BULLET_WIDTH = 240.0
LINE_WIDTH, LINE_HEIGHT = 720.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 26.0, 12.0, 28.0


@dataclass(frozen=True)
class Bullet:
    """A share as a bar with the whisker of its interval and the line of its target; all in units of the drawing."""

    width: float
    bar: float
    low: float | None
    high: float | None
    target: float | None


def bullet(share: float, interval: tuple[float, float] | None, target: float | None) -> Bullet:
    """Place a share, its interval and its target (all 0..1, cut off there) on a bar of BULLET_WIDTH."""

    def at(value: float) -> float:
        return round(min(max(value, 0.0), 1.0) * BULLET_WIDTH, 1)

    low, high = (at(interval[0]), at(interval[1])) if interval else (None, None)
    return Bullet(BULLET_WIDTH, at(share), low, high, None if target is None else at(target))


@dataclass(frozen=True)
class Point:
    """One period of a line: its label, and the share with its interval; None where too few answered."""

    label: str
    share: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Dot:
    """A point that is drawn."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class Tick:
    """A line of the grid with what stands beside it."""

    at: float
    text: str


@dataclass(frozen=True)
class Line:
    """A line of shares over periods: an unbroken stretch is one path, its intervals one band."""

    width: float
    height: float
    paths: Sequence[str]
    bands: Sequence[str]
    dots: Sequence[Dot]
    columns: Sequence[Tick]
    grid: Sequence[Tick]
    target: float | None


def line(points: Sequence[Point], target: float | None = None) -> Line:
    """Draw points from left to right; a period without a figure breaks the line instead of being bridged."""
    step = (LINE_WIDTH - LEFT - RIGHT) / max(len(points) - 1, 1)
    xs = [round(LEFT + step * place, 1) for place in range(len(points))]
    stretches = [
        list(group)
        for is_there, group in groupby(zip(xs, points, strict=True), key=lambda pair: pair[1].share is not None)
        if is_there
    ]
    return Line(
        LINE_WIDTH,
        LINE_HEIGHT,
        paths=[_path(stretch) for stretch in stretches],
        bands=[_band(stretch) for stretch in stretches],
        dots=[
            Dot(x, _y(point.share), point.label) for x, point in zip(xs, points, strict=True) if point.share is not None
        ],
        columns=[Tick(x, point.label) for x, point in zip(xs, points, strict=True)],
        grid=[Tick(_y(share / 100), f"{share}%") for share in range(0, 101, 25)],
        target=None if target is None else _y(target),
    )


def _y(share: float) -> float:
    return round(TOP + (1 - min(max(share, 0.0), 1.0)) * (LINE_HEIGHT - TOP - BOTTOM), 1)


def _path(stretch: Sequence[tuple[float, Point]]) -> str:
    return "M" + " L".join(f"{x} {_y(point.share or 0.0)}" for x, point in stretch)


def _band(stretch: Sequence[tuple[float, Point]]) -> str:
    """Go right along the upper ends and back along the lower ones."""
    upper = [f"{x} {_y(_or(point.high, point.share))}" for x, point in stretch]
    lower = [f"{x} {_y(_or(point.low, point.share))}" for x, point in reversed(stretch)]
    return "M" + " L".join([*upper, *lower]) + " Z"


def _or(value: float | None, otherwise: float | None) -> float:
    return value if value is not None else otherwise or 0.0


@dataclass(frozen=True)
class Bar:
    """One bar: its length in units of the drawing, and its number."""

    label: str
    number: int
    length: float
    is_bad: bool = False


def bars(numbers: Sequence[tuple[str, int, bool]], width: float = 260.0) -> tuple[Bar, ...]:
    """Draw (label, number, is bad) as bars; the largest number takes the whole width."""
    most = max((number for _, number, _ in numbers), default=0) or 1
    return tuple(Bar(label, number, round(number / most * width, 1), is_bad) for label, number, is_bad in numbers)


@dataclass(frozen=True)
class Span:
    """A stretch of places on the line of all places, in units of the drawing."""

    width: float
    start: float
    length: float


def span(first: int, last: int, places: int, width: float = 160.0) -> Span:
    """Draw the places from `first` to `last` of `places`, counted from 1, both included."""
    return Span(width, round((first - 1) / places * width, 1), round((last - first + 1) / places * width, 1))
