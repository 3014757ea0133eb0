"""`Outgoing` in Zalo's terms: plain texts of 2,000 characters, at most five buttons, numbers in the text always.

Zalo has no keyboard that can be taken away, and a person may see no button at all (an old client, the web): so every
choice stands in the text under the number that is understood when it is typed. Buttons repeat what there is room for:
of more than five answers the first ones and one that leafs on to the next, whoever is asked and whatever.
"""

from collections.abc import Sequence
from typing import Any

from bot.channels.numbered import Choice, in_numbers, in_words, leafing_label, sorted_choices
from bot.channels.splitting import split_text
from bot.channels.untrusted_json import encodable
from bot.channels.zalo.seal import Seal
from bot.messages import Button, Outgoing
from bot.options import SKIP, leafing, read_button

LONGEST_TEXT = 2000
MOST_BUTTONS = 5
LONGEST_TITLE = 35
"""Characters that phones show of a title; Zalo takes 100."""

Message = dict[str, Any]
"""The `message` of a consultation send."""


def messages(outgoing: Outgoing, chat: str, seal: Seal, *, names_template: bool = False) -> list[Message]:
    """Return what is sent, in order; buttons stand under the last.

    names_template  whether buttons name their kind of template (`zalo_settings`)
    """
    choices, others = sorted_choices(outgoing.buttons)
    shown = _shown(choices, others, outgoing)
    text = "\n\n".join(
        filter(None, (outgoing.text.strip(), in_words(choices, others, [each for _, each in shown], outgoing.language)))
    )
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


def without_buttons(outgoing: Outgoing, last: int) -> list[Message]:
    """Return what is sent in the place of the message number `last` of `messages`: every choice stands in its words.

    Both are cut from the front, so what comes before is the same. Where these words fit into one part less, that last
    part goes once more: better twice than never.
    """
    parts: list[Message] = [{"text": part} for part in split_text(in_numbers(outgoing), LONGEST_TEXT)]
    return parts[last:] or parts[-1:]


def _with_buttons(text: str, buttons: list[dict[str, str]], *, names_template: bool) -> Message:
    if not buttons:
        return {"text": text}
    if names_template:
        payload = {"template_type": "button", "text": text, "buttons": buttons}
        return {"attachment": {"type": "template", "payload": payload}}
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": buttons}}}


def _shown(choices: Sequence[Choice], others: Sequence[Button], outgoing: Outgoing) -> list[tuple[str, Button]]:
    """Return the buttons there is room for, with their titles: the answers of the page, then what steers.

    Where answers are left for another page, one button leafs on; and who may skip the question can do so on each.
    """
    steering = [(each.label, each) for each in others]
    skip = [(label, each) for label, each in steering if read_button(each.data)[2] == SKIP]
    page = MOST_BUTTONS - 1 - len(skip)
    first = outgoing.page * page if outgoing.page * page < len(choices) > MOST_BUTTONS else 0
    answers = [(each.line.removeprefix("• "), each.button) for each in choices[first:]]
    if len(choices) <= MOST_BUTTONS or len(answers) <= page + 1:
        return [*answers, *steering][:MOST_BUTTONS]
    more = Button(leafing_label(outgoing.language), leafing(choices[0].button.data, first // page + 1))
    return [*answers[:page], *skip, (more.label, more)]


def _shortened(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"
