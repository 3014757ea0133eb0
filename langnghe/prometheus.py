"""Figures in the text format of Prometheus, version 0.0.4: `# HELP`, `# TYPE`, one line per sample."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Labels = Mapping[str, str]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Metric:
    """One figure with its samples.

    kind     counter (its name ends in _total), gauge or histogram
    samples  (suffix of the name, labels, value)
    """

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[str, Labels, float]]


def counter(name: str, help_text: str, *samples: tuple[Labels, float]) -> Metric:
    """Return a figure that only grows while the process lives."""
    return Metric(name, "counter", help_text, [("", labels, value) for labels, value in samples])


def gauge(name: str, help_text: str, *samples: tuple[Labels, float]) -> Metric:
    """Return a figure as it is now."""
    return Metric(name, "gauge", help_text, [("", labels, value) for labels, value in samples])


def histogram(name: str, help_text: str, bounds: Sequence[float], classes: Sequence[int], total: float) -> Metric:
    """Return how many fell below each bound: `classes` counts each class alone, and has one more than `bounds`."""
    samples: list[tuple[str, Labels, float]] = []
    below = 0
    for bound, count in zip((*map(_number, bounds), "+Inf"), classes, strict=True):
        below += count
        samples.append(("_bucket", {"le": bound}, below))
    return Metric(name, "histogram", help_text, [*samples, ("_sum", {}, total), ("_count", {}, below)])


def written(metrics: Iterable[Metric]) -> str:
    """Write figures as Prometheus reads them; ends with a line feed."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterable[str]:
    explained = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    yield f"# HELP {metric.name} {explained}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for suffix, labels, value in metric.samples:
        inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{metric.name}{suffix}{f'{{{inside}}}' if inside else ''} {_number(value)}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))
