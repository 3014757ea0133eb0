"""`Outgoing` in Zalo's terms: plain texts of 2,000 characters, at most five buttons, numbers in the text always.

Zalo has no keyboard that can be taken away, and a person may see no button at all (an old client, the web): so every
choice stands in the text under the number that is understood when it is typed. Buttons repeat what there is room for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from bot.channels.splitting import split_text
from bot.channels.telegram_json import encodable
from bot.channels.web_view import without_number
from bot.channels.zalo_seal import Seal
from bot.conversations import CONTROLS, read_button
from bot.messages import Button, Outgoing
from wording.catalogue import Catalogue

LONGEST_TEXT = 2000
MOST_BUTTONS = 5
LONGEST_TITLE = 35
"""Characters that phones show of a title; Zalo takes 100."""

Message = dict[str, Any]
"""The `message` of a consultation send."""


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


def messages(outgoing: Outgoing, chat: str, seal: Seal, *, names_template: bool = False) -> list[Message]:
    """Return what is sent, in order; buttons stand under the last.

    names_template  whether buttons name their kind of template (`zalo_settings`)
    """
    choices, others = _sorted(outgoing.buttons)
    shown = _shown(choices, others)
    text = "\n\n".join(filter(None, (outgoing.text.strip(), _choices_in_words(choices, others, shown, outgoing))))
    *earlier, last = split_text(text, LONGEST_TEXT)
    buttons = [
        {
            "title": _shortened(encodable(title)),
            "type": "oa.query.hide",
            "payload": seal.payload(chat, button.data),
        }
        for title, button in shown
    ]
    return [*({"text": part} for part in earlier), _with_buttons(last, buttons, names_template=names_template)]


def without_buttons(message: Message) -> Message:
    """Return a message's words alone: its choices stand in them."""
    payload = message.get("attachment", {}).get("payload", {})
    return {"text": message.get("text") or payload.get("text", "")}


def _with_buttons(text: str, buttons: list[dict[str, str]], *, names_template: bool) -> Message:
    if not buttons:
        return {"text": text}
    if names_template:
        payload = {"template_type": "button", "text": text, "buttons": buttons}
        return {"attachment": {"type": "template", "payload": payload}}
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": buttons}}}


def _sorted(buttons: Sequence[Button]) -> tuple[list[Choice], list[Button]]:
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


def _shown(choices: Sequence[Choice], others: Sequence[Button]) -> list[tuple[str, Button]]:
    """Return the buttons there is room for, with their titles: all answers or none, for half of them would mislead."""
    answers = [(each.line.removeprefix("• "), each.button) for each in choices]
    steering = [(each.label, each) for each in others]
    first = answers if len(answers) <= MOST_BUTTONS else []
    return [*first, *steering][:MOST_BUTTONS]


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def _choices_in_words(
    choices: Sequence[Choice], others: Sequence[Button], shown: Sequence[tuple[str, Button]], outgoing: Outgoing
) -> str:
    """Return the list of answers, how to give one where there is no button, and the words that steer without one."""
    return "\n\n".join(
        filter(None, ("\n".join(each.line for each in choices), " ".join(_hints(choices, others, shown, outgoing))))
    )


def _hints(
    choices: Sequence[Choice], others: Sequence[Button], shown: Sequence[tuple[str, Button]], outgoing: Outgoing
) -> Iterator[str]:
    words, buttons = _catalogue(), [button for _, button in shown]
    if choices and choices[0].button not in buttons:
        yield words.text("zalo.type_number", outgoing.language)
    hidden = [each.label for each in others if each not in buttons]
    if hidden:
        listed = ", ".join(f"“{label}”" for label in hidden)
        yield words.text("zalo.type_words", outgoing.language, {"words": listed})


@cache
def _catalogue() -> Catalogue:
    return Catalogue.load(resources.files("bot.channels") / "texts")
