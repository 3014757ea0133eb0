"""A strict reader of the Prometheus text format 0.0.4; AssertionError for a line that Prometheus would refuse."""

import re
from dataclasses import dataclass

_SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)')
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
_ESCAPED = re.compile(r'\\([\\"n])')
_KINDS = {"counter", "gauge", "histogram"}


@dataclass
class Family:
    """One figure: its samples are (name, labels, value)."""

    name: str
    kind: str
    help: str
    samples: list[tuple[str, dict[str, str], float]]

    def value(self, **labels: str) -> float:
        """Return the one sample with these labels."""
        [found] = [value for _, given, value in self.samples if given == labels]
        return found


def parse(text: str) -> list[Family]:
    """Read all figures."""
    assert text.endswith("\n")
    families: list[Family] = []
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, _, explained = line[7:].partition(" ")
            families.append(Family(name, "", _plain(explained), []))
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert (families[-1].name, families[-1].kind) == (name, ""), line
            assert kind in _KINDS
            families[-1].kind = kind
        else:
            families[-1].samples.append(_sample(line, families[-1]))
    assert len({family.name for family in families}) == len(families), "each figure stands in one block"
    return families


def _sample(line: str, family: Family) -> tuple[str, dict[str, str], float]:
    found = _SAMPLE.fullmatch(line)
    assert found is not None, line
    name, inside, value = found.groups()
    endings = ("_bucket", "_sum", "_count") if family.kind == "histogram" else ("",)
    assert name in {family.name + ending for ending in endings}, line
    if family.kind == "counter":
        assert name.endswith("_total")
    return name, {key: _plain(text) for key, text in _LABEL.findall(inside or "")}, float(value)


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text)
