"""How conversations begin: commands, deep links, menu buttons and the buttons of notices, in one table.

A start string is a name with arguments, `case:PA-…:accept`. It comes from outside and is trusted with
nothing: each script checks what its arguments name and who may have it.
"""

import re
from collections.abc import Callable, Mapping

from bot.effects import Json, Next
from offices.links import questionnaire_of_parameter, unit_of_parameter
from offices.words import fold
from surveys.tokens import is_certain, is_meant

_PLAIN: Mapping[str, str] = {
    "menu": "menu",
    "start": "menu",
    "trogiup": "help",
    "help": "help",
    "danhgia": "rating",
    "rate": "rating",
    "phananh": "petition",
    "report": "petition",
    "tracuu": "lookup",
    "track": "lookup",
    "ngonngu": "language",
    "language": "language",
    "dulieu": "my_data",
    "mydata": "my_data",
    "viec": "cases",
    "cases": "cases",
}
"""Commands and menu buttons without arguments."""

_NEWS: Mapping[str, Next] = {
    "dungtin": Next("news", {"want": "off"}),
    "nhantin": Next("news", {"want": "on"}),
    "stopnews": Next("news", {"want": "off"}),
    "getnews": Next("news", {"want": "on"}),
}
"""Whether messages to everybody are wanted: commands, and the same words typed with spaces."""

_WISHES: Mapping[str, Next] = {
    "nhan ket qua": Next("results", {"want": "on"}),
    "get results": Next("results", {"want": "on"}),
}
"""What somebody wants to be told: words, folded, that begin it when nothing is open."""

_WITHDRAWALS: Mapping[str, Next] = {
    "thoi nhan ket qua": Next("results", {"want": "off"}),
    "stop results": Next("results", {"want": "off"}),
    "thoi nhan qua so dien thoai": Next("phone_news", {"want": "off"}),
    "stop news by phone": Next("phone_news", {"want": "off"}),
}
"""How a consent is withdrawn: words, folded, that count at any time, as they promise."""

_WITH_ARGUMENT: Mapping[str, Callable[[str], Next]] = {
    "u": lambda unit: Next("rating", {"unit": unit_of_parameter(unit)}),
    "q": lambda both: Next("rating", _present(**_questionnaire_and_unit(both))),
    "d": lambda token: Next("rating", {"token": token}),
    "danhgia": lambda typed: code_given(typed) or Next("rating"),
    "rate": lambda typed: code_given(typed) or Next("rating"),
    "p": lambda code: Next("lookup", {"code": code}),
    "l": lambda code: Next("link", {"code": code}),
    "lienket": lambda code: Next("link", {"code": code}),
    "link": lambda code: Next("link", {"code": code}),
    "find": lambda code: Next("lookup", {"code": code}),
    "tracuu": lambda code: Next("lookup", {"code": code}),
    "report": lambda unit: Next("petition", {"unit": unit}),
    "results": lambda want: Next("results", {"want": "on" if want == "on" else "off"}),
    "phone": lambda want: Next("phone_news", {"want": want if want in {"ask", "on"} else "off"}),
    "k": lambda unit: Next("rating", {"unit": unit_of_parameter(unit), "shared": True}),
    "news": lambda want: Next("news", {"want": "on" if want == "on" else "off"}),
}
"""Names that take one argument: deep links (`u_one-stop`) and commands (`/tracuu PA-…`)."""

SENDERS_STEPS = frozenset({"supply", "add", "withdraw", "rate_answer", "second_look"})
"""Steps on a petition that its sender takes; all others are an official's."""

_SPOKEN: Mapping[str, str] = {
    "danh gia": "rating",
    "danh gia phuc vu": "rating",
    "danh gia su phuc vu": "rating",
    "rate": "rating",
    "rate a service": "rating",
    "phan anh": "petition",
    "kien nghi": "petition",
    "gop y": "petition",
    "gui phan anh, kien nghi": "petition",
    "report": "petition",
    "send feedback or a petition": "petition",
    "tra cuu": "lookup",
    "tra cuu phan anh": "lookup",
    "track": "lookup",
    "follow a petition": "lookup",
    "du lieu": "my_data",
    "du lieu cua toi": "my_data",
    "my data": "my_data",
    "tro giup": "help",
    "giup": "help",
    "help": "help",
    "english": "language",
    "tieng viet": "language",
    "ngon ngu": "language",
    "ngon ngu / language": "language",
    "viec": "cases",
    "viec can xu ly": "cases",
    "cases to handle": "cases",
}
"""Words, folded, that begin a conversation when nothing else is open: commands, and what the menu's buttons say."""

LONGEST_NEWS_WORDS = 2
ASKS_CODE = "rating_code."
"""How the key of a question begins that asks for a rating code itself."""

_LINK_CODE = re.compile(r"[0-9A-Za-z]{26}|(?:[0-9A-Za-z]{5}[-–—]){5}[0-9A-Za-z]")
"""128 bits in groups of five, as `storage.staff_chats` writes them; no word and no answer looks like that."""
_CASE = re.compile(r"case:([^:]{1,40})(?::([a-z_]{1,20}))?")
_DEEP_LINK = re.compile(r"([a-z])_(.{1,100})")


def start_of(name: str, parameter: str) -> Next | None:
    """Return the conversation that a name with its parameter begins; None when it begins none.

    >>> start_of("start", "u_xa-mau_trung-tam")
    Next(script='rating', args={'unit': 'xa-mau.trung-tam'})
    """
    parameter = parameter.strip()
    if name == "start" and parameter:
        return _deep_link(parameter)
    case = _CASE.fullmatch(name)
    if case:
        script = "lookup" if case[2] in SENDERS_STEPS else "case"
        return Next(script, _present(code=case[1], event=case[2]))
    if name in _NEWS:
        return _NEWS[name]
    if ":" in name:
        name, _, parameter = name.partition(":")
    if parameter and name in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[name](parameter)
    return Next(_PLAIN[name]) if name in _PLAIN else None


def spoken(text: str) -> Next | None:
    """Return the conversation that a typed word begins, with or without diacritics.

    >>> spoken("Đánh giá")
    Next(script='rating', args={})
    """
    words = fold(text)
    script = _SPOKEN.get(words)
    return Next(script) if script else _WISHES.get(words)


def code_given(text: str, *, instead_of_answer: bool = False) -> Next | None:
    """Return the rating that a code begins which somebody types with its prefix, or with words that say what it is.

    instead_of_answer  a question is open: only a whole code with its prefix is no answer to it

    >>> code_given("Mã đánh giá: DG-7K3M-9QXT-2H6P")
    Next(script='rating', args={'token': 'Mã đánh giá: DG-7K3M-9QXT-2H6P'})
    """
    is_code = is_certain if instead_of_answer else is_meant
    return Next("rating", {"token": text}) if is_code(text) else None


def link_given(text: str) -> Next | None:
    """Return the linking that an official's one-time code begins, typed as his page shows it or without its dashes.

    >>> link_given("7qh2m-8k3pd-1v9xs-c4b5n-6tj0r-g")
    Next(script='link', args={'code': '7qh2m-8k3pd-1v9xs-c4b5n-6tj0r-g'})
    """
    return Next("link", {"code": text.strip()}) if _LINK_CODE.fullmatch(text.strip()) else None


def about_news(text: str) -> Next | None:
    """Return what the words "dừng tin" or "nhận tin" begin, or those of a withdrawal; inside a conversation, too.

    >>> about_news("Dừng tin")
    Next(script='news', args={'want': 'off'})
    >>> about_news("Stop news by phone")
    Next(script='phone_news', args={'want': 'off'})
    """
    typed = fold(text).lstrip("/")
    if typed in _WITHDRAWALS:
        return _WITHDRAWALS[typed]
    words = typed.split()
    return _NEWS.get("".join(words)) if len(words) <= LONGEST_NEWS_WORDS else None


def _deep_link(parameter: str) -> Next | None:
    found = _DEEP_LINK.fullmatch(parameter)
    if found and found[1] in _WITH_ARGUMENT:
        return _WITH_ARGUMENT[found[1]](found[2])
    return Next(_PLAIN[parameter]) if parameter in _PLAIN else None


def _questionnaire_and_unit(written: str) -> dict[str, Json]:
    questionnaire, unit = questionnaire_of_parameter(written)
    return {"questionnaire": questionnaire, "unit": unit or None}


def _present(**parts: Json) -> dict[str, Json]:
    return {name: part for name, part in parts.items() if part is not None}
