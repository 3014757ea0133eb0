"""The same or nearly the same comment under several ratings of a unit.

Two comments are nearly the same when their words differ in at most one, or when they share a long piece in a row. What
people write everywhere ("cán bộ nhiệt tình, chu đáo") is no sign: how common a text is in the other units decides.
Exact, without a comparison of every pair: comments meet under the keys which they have in common.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from zlib import crc32

from offices.words import words_of
from surveys.integrity_facts import Fact, Flag, flags_of_group
from surveys.integrity_groups import at_least
from surveys.integrity_rules import Limits

_LONGEST_BAG = 30
"""Words up to which a text is compared word by word; longer ones by the pieces they share."""
_CELLS = 1 << 20
_SEEDS = (0, 0x9E3779B9)


def text_keys(comment: str | None, words: int, in_a_row: int) -> frozenset[str]:
    """List the keys of a comment: its bag of words with any one of them left out, and each run of `in_a_row` words.

    A comment of fewer than `words` words has none: "Tốt" is what many people write.
    """
    if comment is None or len(comment) < words:  # most ratings: not worth folding
        return frozenset()
    said = words_of(comment)
    if len(said) < words:
        return frozenset()
    bag = sorted(said)
    bags: Iterator[str] = iter(())
    if len(bag) <= _LONGEST_BAG:
        bags = (" ".join(chain(bag[:place], bag[place + 1 :])) for place in range(len(bag)))
    runs = (">" + " ".join(said[at : at + in_a_row]) for at in range(len(said) - in_a_row + 1))
    return frozenset(chain(bags, runs))


class Commonness:
    """How often each key occurs in the whole authority, in memory that does not grow (a count-min sketch).

    A count may come out too high, never too low: a rare text may pass for a common one, no common one for a rare.
    Source: Cormode, Muthukrishnan 2005.
    """

    def __init__(self) -> None:
        self._rows = tuple(array("I", bytes(4 * _CELLS)) for _ in _SEEDS)
        self.comments = 0

    def add(self, keys: frozenset[str]) -> None:
        """Count one comment; one without keys is none."""
        self.comments += bool(keys)
        for key in keys:
            for row, seed in zip(self._rows, _SEEDS, strict=True):
                row[crc32(key.encode(), seed) % _CELLS] += 1

    def count(self, key: str) -> int:
        """Return how many comments had this key, or a little more."""
        written = key.encode()
        return min(row[crc32(written, seed) % _CELLS] for row, seed in zip(self._rows, _SEEDS, strict=True))


def text_flags(facts: Sequence[Fact], limits: Limits, commonness: Commonness) -> Iterator[Flag]:
    """Flag comments that several persons wrote of one unit and hardly anybody of the others."""
    keyed = [(fact, text_keys(fact.comment, int(limits["words"]), int(limits["in_a_row"]))) for fact in facts]
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact, keys in keyed:
        for key in keys:
            groups[key].append(fact)
    own = sum(bool(keys) for _, keys in keyed)
    alike = {key: group for key, group in groups.items() if _is_telling(key, group, own, limits, commonness)}
    yield from _largest(keyed, alike, limits["least"])


def _is_telling(key: str, group: Sequence[Fact], own: int, limits: Limits, commonness: Commonness) -> bool:
    writers = {("rating", fact.id) if fact.person is None else ("person", fact.person) for fact in group}
    if len(writers) < limits["least"]:
        return False
    elsewhere = max(0, commonness.count(key) - len(group))
    others = commonness.comments - own
    # What others write counts in full also where few others are known; the prior stands for all that nobody wrote yet.
    share = max((elsewhere + 1) / (others + limits["prior"]), elsewhere / max(1, others))
    return share < 1 and at_least(len(group), own, share) < limits["chance"]


def _largest(
    keyed: Sequence[tuple[Fact, frozenset[str]]], alike: Mapping[str, Sequence[Fact]], limit: float
) -> Iterator[Flag]:
    """Give each comment the largest group it belongs to; of equal ones that of the first key."""
    members: dict[str, list[Fact]] = defaultdict(list)
    for fact, keys in keyed:
        telling = sorted((key for key in keys if key in alike), key=lambda key: (-len(alike[key]), key))
        if telling:
            members[telling[0]].append(fact)
    for key, flagged in members.items():
        group = {flag.rating: flag for flag in flags_of_group("same_text", alike[key], len(alike[key]), limit)}
        yield from (group[fact.id] for fact in flagged)
