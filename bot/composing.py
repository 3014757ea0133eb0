"""Putting a turn of a conversation into a message: what is told, what is asked, and the buttons under it."""

from dataclasses import dataclass
from typing import Any

from bot.dialogue import Turn
from bot.effects import Ask, Label, Option, Text
from bot.journal import EntryKind, back
from bot.messages import Button, Outgoing
from bot.options import BACK, CANCEL, SKIP, button_data
from bot.words import Words
from storage.conversations import Conversation


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes messages in the words of a language."""

    words: Words

    def question(
        self, conversation: Conversation, turn: Turn, preface: tuple[Label, ...], language: str, page: int = 0
    ) -> Outgoing:
        """Put what is to be told and the turn's open question into one message.

        conversation  as it is stored by now; its number and step stand in each button
        preface       what is told before that
        page          see `Outgoing`
        """
        assert turn.ask is not None  # noqa: S101 - the callers looked
        labels = (*preface, *(say.text for say in turn.says if not say.file), turn.ask.prompt)
        buttons = self._buttons(conversation, turn, turn.ask, language)
        text = self._paragraphs(labels, language)
        return Outgoing(text, buttons, turn.ask.columns, _code_to_copy(turn), turn.ask.wants, page=page)

    def files(self, turn: Turn, language: str) -> list[Outgoing]:
        """Make a message of each file that the script hands over."""
        return [Outgoing(self.words.label(say.text, language), file=say.file) for say in turn.says if say.file]

    def ending(self, turn: Turn, said: tuple[Label, ...], language: str, *, menu: bool) -> Outgoing:
        """Put what is told at the end into a message, with what the script offers next, and perhaps the menu."""
        offers = (offer for say in turn.says for offer in say.offers)
        offered = [Button(self.words.label(offer.label, language), f"s:{offer.start}") for offer in offers]
        more = (self._menu_button(language),) if menu else ()
        return Outgoing(self._paragraphs(said, language), (*offered, *more), copy_code=_code_to_copy(turn))

    def told(self, text: Text, language: str) -> Outgoing:
        """Say something about the conversation itself, with a way back to the menu."""
        return Outgoing(self.words.label(text, language), (self._menu_button(language),))

    def _menu_button(self, language: str) -> Button:
        return Button(self.words.text("buttons.menu", language), "s:menu")

    def _paragraphs(self, labels: tuple[Label, ...], language: str) -> str:
        return "\n\n".join([self.words.label(label, language) for label in labels])

    def _buttons(self, conversation: Conversation, turn: Turn, ask: Ask, language: str) -> tuple[Button, ...]:
        extra: list[Option[Any]] = []
        place = button_data(conversation.id, conversation.step, "")
        if ask.optional and ask.wants != "file":
            extra.append(Option(SKIP, Text("buttons.skip"), None))
        if back(turn.journal) is not None:
            extra.append(Option(BACK, Text("buttons.back"), None))
        if any(entry.kind is EntryKind.ANSWER for entry in turn.journal):
            extra.append(Option(CANCEL, Text("buttons.cancel"), None))
        label = self.words.label
        return tuple([Button(label(option.label, language), place + option.id) for option in (*ask.options, *extra)])


def _code_to_copy(turn: Turn) -> str | None:
    return next((say.copy_code for say in turn.says if say.copy_code), None)
