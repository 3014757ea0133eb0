"""What a chat has shown lately: which label a pressed button has, and which button somebody means who types its words.

A channel without buttons, or with few, names them as words to be typed; and some people type what stands on a button.
So the words of a button that begins something do what the button does, on every channel. The words of an answer are
left to the open question, which reads them itself (`bot.words.Words.match`).
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from bot.letters import told_in
from bot.messages import Button
from bot.options import read_button
from bot.words import Words
from offices.words import fold
from storage import outbox, web_messages
from storage.conversations import Conversation
from storage.desks import Desks

LATELY = 5
"""Messages of ours that are looked through, the newest first."""
LONGEST_LABEL = 64
_LINES = 20
"""Of our own page and terminal, where the person's own lines stand between."""
BEGINS = "s:"
"""Before what a button begins, beside any conversation."""


def label_of(desks: Desks, words: Words, data: str) -> str:
    """Return the label of a button that was shown lately; empty for no such one."""
    buttons = (button for shown in _messages(desks, words) for button in shown)
    return next((button.label for button in buttons if button.data == data), "")


def begun_by(desks: Desks, words: Words, typed: str, current: Conversation | None) -> str | None:
    """Return what the button begins whose words somebody typed, as it stands in the button; None for other words.

    current  the open conversation: what answers its question is meant for it, and what was offered before its last
             answer is past

    Of several such buttons the newest is meant.
    """
    wanted = fold(typed) if len(typed) <= LONGEST_LABEL else ""
    if not wanted or wanted not in words.labels:
        return None
    named: list[str] = []
    for shown in _messages(desks, words):
        if current and any(_is_past(button, current) for button in shown):
            break
        named += [button.data for button in shown if fold(button.label) == wanted]
    if current and any(read_button(data)[:2] == (current.id, current.step) for data in named):
        return None
    return next((data.removeprefix(BEGINS) for data in named if data.startswith(BEGINS)), None)


def _is_past(button: Button, current: Conversation) -> bool:
    """Say whether a button belongs to a question of this conversation that is answered."""
    conversation, step, _ = read_button(button.data)
    return conversation == current.id and step != current.step


def _messages(desks: Desks, words: Words) -> Iterator[Sequence[Button]]:
    """Give the buttons of each message, the newest first."""
    connection, chat = desks.connection, desks.chat
    if chat.channel in web_messages.DIRECT_CHANNELS:
        lines = reversed(web_messages.lines(connection, chat.id, latest=_LINES))
        for line in islice((line for line in lines if not line.own), LATELY):
            yield [Button(each["label"], each["data"]) for each in line.body.get("buttons", ())]
    else:
        for body in outbox.latest_bodies(connection, chat.id, LATELY):
            yield told_in(chat.language, body, words).buttons
