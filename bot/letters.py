"""A letter of the outbox as a message: what is told in which words is decided when it leaves."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.effects import Text
from bot.messages import Button, Outgoing
from bot.posting import from_body
from bot.words import Words
from storage import facts
from storage.claims import Letter


def in_words(letter: Letter, words: Words) -> Outgoing:
    """Put a letter into the words of its chat."""
    return told_in(letter.language, letter.body, words)


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
    return Outgoing(text, buttons, columns=2 if len(buttons) > 1 else 1, language=language)
