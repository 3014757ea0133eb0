"""What people type, made safe to keep (`clean`), comparable (`fold`) and findable (`best_matches`)."""

import re
import unicodedata
from collections.abc import Iterable

_NEWLINES = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_JOINER = "\u200d"
# A zero width joiner is kept between pictographs only: there it makes one emoji of several.
_EMOJI = "[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_LOOSE_JOINER = re.compile(f"(?<!{_EMOJI}){_JOINER}|{_JOINER}(?!{_EMOJI})")
_DROPPED = {"Cc", "Cf", "Cs"}  # controls, invisible format characters (bidi, zero width), lone surrogates
_KEPT = {"\n", "\t", _JOINER}
_WORD = re.compile(r"[^\W_]+")
_SMALL_WORDS = frozenset({"va", "and", "of", "the"})
_SHORTEST_INSIDE = 3  # letters; shorter pieces occur inside nearly every name


def clean(text: str) -> str:
    r"""Make a text fit to store and show: NFC, one kind of newline, nothing invisible, trimmed.

    Dropped are NUL and other controls (newline and tab stay), lone surrogates, direction marks and
    overrides, zero width characters. Letters of every script and emoji stay. Cleaning twice changes nothing.

    >>> clean("  Đèn đường\x00 hỏng\r\n")
    'Đèn đường hỏng'
    """
    if text.isprintable():  # what most people and all programs write: nothing invisible, no newlines
        return unicodedata.normalize("NFC", text).strip()
    lines = _NEWLINES.sub("\n", text)
    visible = "".join(letter for letter in lines if letter in _KEPT or unicodedata.category(letter) not in _DROPPED)
    return unicodedata.normalize("NFC", _LOOSE_JOINER.sub("", visible)).strip()


def fold(text: str) -> str:
    """Make a text comparable: small letters without diacritics, single spaces; never for showing.

    >>> fold("Đường  Nguyễn Trãi")
    'duong nguyen trai'
    """
    letters = unicodedata.normalize("NFD", clean(text).casefold().replace("đ", "d"))
    return " ".join("".join(letter for letter in letters if unicodedata.category(letter) != "Mn").split())


def words_of(text: str) -> tuple[str, ...]:
    """List the folded words of a text without punctuation, in order.

    >>> words_of("Phòng Văn hóa - Xã hội")
    ('phong', 'van', 'hoa', 'xa', 'hoi')
    """
    return tuple(_WORD.findall(fold(text)))


def best_matches(query: str, named: Iterable[tuple[str, str]], limit: int = 5) -> list[str]:
    """Find the keys whose names fit what was typed, best first, each key once.

    query  typed words, with or without diacritics, abbreviations by initials allowed ("vp ubnd", "tnmt")
    named  pairs (key, name); a key may come with several names

    Every word of the query must fit: a word of the name, its beginning, a run of the name's initials, or
    (three letters and more) a piece of a word. Equal names come first, then the closer and the shorter ones.
    An empty query fits nothing.
    """
    wanted = words_of(query)
    ranked: dict[str, tuple[int, int]] = {}
    for key, name in named:
        rank = _rank(wanted, words_of(name))
        if rank is not None:
            ranked[key] = min(rank, ranked.get(key, rank))
    return sorted(ranked, key=lambda key: ranked[key])[:limit]


def _rank(wanted: tuple[str, ...], name: tuple[str, ...]) -> tuple[int, int] | None:
    """Measure how far a name is from the query: (distance, words in the name); None when it does not fit."""
    if not wanted or not name:
        return None
    if wanted == name:
        return (0, len(name))
    telling = tuple(word for word in wanted if word not in _SMALL_WORDS) or wanted
    distances = [_distance(word, name) for word in telling]
    if None in distances:
        return None
    begins = 1 if name[: len(wanted)] == wanted else 2
    return (begins + max(distance for distance in distances if distance is not None), len(name))


def _distance(word: str, name: tuple[str, ...]) -> int | None:
    """Measure one word: 0 a word of the name, 1 its beginning, 2 initials, 3 a piece of a word; None for no fit."""
    if word in name:
        return 0
    if any(part.startswith(word) for part in name):
        return 1
    initials = ("".join(part[0] for part in name), "".join(part[0] for part in name if part not in _SMALL_WORDS))
    if len(word) > 1 and any(word in letters for letters in initials):
        return 2
    if len(word) >= _SHORTEST_INSIDE and any(word in part for part in name):
        return 3
    return None
