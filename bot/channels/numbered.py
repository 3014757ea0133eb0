"""Choices as numbered text, for channels with few buttons or none.

What is typed is understood by the conversation itself (`bot.words.Words.match`): an option's own number, else its place
among the options, else its words. So the numbers are only shown here, by the same rule. What begins something else is
understood by its words (`bot.shown`).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bot.channels.web.view import without_number
from bot.messages import Button, Outgoing
from bot.options import CONTROLS, read_button
from wording.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to the open question: what is typed for it (empty: its words only), and its button."""

    number: str
    label: str
    button: Button

    @property
    def line(self) -> str:
        """The choice as the text has it."""
        if not self.number:
            return f"• {self.label}"
        return self.label if self.label.startswith(f"{self.number} ") else f"{self.number}. {self.label}"


def in_numbers(outgoing: Outgoing) -> str:
    """Return a message for a channel without buttons: its text, the numbered answers, the words of all else."""
    choices, others = sorted_choices(outgoing.buttons)
    return "\n\n".join(filter(None, (outgoing.text.strip(), in_words(choices, others, (), outgoing.language))))


def sorted_choices(buttons: Sequence[Button]) -> tuple[list[Choice], list[Button]]:
    """Tell the answers to the open question from what begins something else or steers, in that order."""
    options = [each for each in buttons if _is_answer(each)]
    choices = [
        Choice(_number(place, [read_button(each.data)[2] for each in options]), without_number(each.label), each)
        for place, each in enumerate(options)
    ]
    others = [each for each in buttons if not _is_answer(each)]
    return choices, sorted(others, key=lambda each: read_button(each.data)[2] in CONTROLS)


def _is_answer(button: Button) -> bool:
    conversation, _, option = read_button(button.data)
    return conversation >= 0 and option not in CONTROLS


def _number(place: int, ids: Sequence[str]) -> str:
    """Return what may be typed for the option in this place, as the engine understands it (`Words.match`).

    An option whose id is a number is meant by that; another one by its place, if no id is that number.
    """
    if ids[place].isdecimal():
        return ids[place]
    return str(place + 1) if str(place + 1) not in ids else ""


def in_words(choices: Sequence[Choice], others: Sequence[Button], shown: Collection[Button], language: str) -> str:
    """Return the list of answers, how to give one where there is no button, and the words that steer without one."""
    return "\n\n".join(
        filter(None, ("\n".join(each.line for each in choices), " ".join(_hints(choices, others, shown, language))))
    )


def _hints(
    choices: Sequence[Choice], others: Sequence[Button], shown: Collection[Button], language: str
) -> Iterator[str]:
    words = channel_texts()
    unseen = [each for each in choices if each.button not in shown]
    if unseen and len(unseen) == len(choices):
        yield words.text("zalo.type_number", language)
    elif number := next((each.number for each in unseen if each.number), ""):
        yield words.text("zalo.press_or_type", language, {"number": number})
    hidden = [each.label for each in others if each not in shown]
    if hidden:
        listed = ", ".join(f"“{label}”" for label in hidden)
        yield words.text("zalo.type_words", language, {"words": listed})


def leafing_label(language: str) -> str:
    """Return what stands on the button that shows the next answers."""
    return channel_texts().text("zalo.more", language)


@cache
def channel_texts() -> Catalogue:
    """Read the words that channels add of their own, once in a process."""
    return Catalogue.load(resources.files("bot.channels") / "texts")
