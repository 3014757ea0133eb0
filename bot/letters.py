"""A letter of the outbox as a message: what is told in which words is decided when it leaves."""

from typing import Any

from bot.effects import Text
from bot.messages import Button, Outgoing
from bot.posting import from_body
from bot.words import Words
from storage import facts
from storage.claims import Letter


def in_words(letter: Letter, words: Words) -> Outgoing:
    """Put a letter into the words of its chat; replies are in words already."""
    body: dict[str, Any] = dict(letter.body)
    if "notice" not in body:
        return from_body(body)
    told = {name: facts.read_param(value) for name, value in body["params"].items()}
    buttons = tuple(
        Button(words.text(f"buttons.{button['label_key']}", letter.language), f"s:{button['start']}")
        for button in body["buttons"]
    )
    text = words.label(Text(f"notices.{body['notice']}", told), letter.language)
    return Outgoing(text, buttons, columns=2 if len(buttons) > 1 else 1)
