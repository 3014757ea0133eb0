"""A letter of the outbox as a message: what is told in which words is decided when it leaves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.effects import Text
from bot.messages import Button, News, Outgoing
from bot.posting import file_of, from_body
from bot.words import Words
from storage import facts
from storage.claims import Letter
from storage.outbox import Urgency

OPEN_FACTS = ("code", "unit", "due_on", "returned_on", "until")
"""Facts that may be told where others could read them: no text of anybody's, no reason."""


def in_words(letter: Letter, words: Words) -> Outgoing:
    """Put a letter into the words of its chat. A file is no news: what it belongs to was told before it."""
    said = told_in(letter.language, letter.body, words)
    if "notice" not in letter.body or letter.urgency is Urgency.BROADCAST or said.file:
        return said
    params = letter.body["params"]
    told = {name: words.fact(facts.read_param(params[name]), "vi") for name in OPEN_FACTS if name in params}
    return replace(said, news=News(letter.id, letter.body["notice"], told))


def told_in(language: str, body: Mapping[str, Any], words: Words) -> Outgoing:
    """Put what the outbox keeps of a message into the words of a language; replies are in words already."""
    if "notice" not in body:
        return replace(from_body(body), language=language)
    told = {name: facts.read_param(value) for name, value in body["params"].items()}
    buttons = tuple(
        Button(words.text(f"buttons.{button['label_key']}", language), f"s:{button['start']}")
        for button in body["buttons"]
    )
    text = words.label(Text(f"notices.{body['notice']}", told), language)
    columns = 2 if len(buttons) > 1 else 1
    return Outgoing(text, buttons, columns=columns, language=language, file=file_of(body))
