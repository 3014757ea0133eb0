"""Conversations in chats: which script is open, what a reply does to it, what is said back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bot.dialogue import NOTHING, Answering, Entry, EntryKind, Turn, advance, back, key_of_message
from bot.effects import Ask, Json, Label, Next, Option, Reply, Script, Text
from bot.messages import Button, Outgoing
from bot.posting import Reply as Answer
from bot.words import Words
from offices.words import fold
from storage import conversations as stored
from storage import web_messages
from storage.conversations import Conversation
from storage.desks import Desks
from storage.reference import Reference

RESUMED_WITHIN = timedelta(days=1)
LONGEST_CHAIN = 5
"""Scripts that may follow each other without a question: more is a circle."""

SKIP, BACK, CANCEL = "-skip", "-back", "-cancel"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Scene:
    """What a script may know: the reference data, the day, and what the conversation was started with."""

    reference: Reference
    today: date
    args: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class ScriptSpec:
    """A script under its name.

    play       makes a fresh generator for a scene
    abandoned  what to do when the conversation ends without its last answer; gets what the journal holds, by key
    for_staff  for officials; the end offers no citizen's menu
    """

    name: str
    play: Callable[[Scene], Script[Next | None]]
    abandoned: Callable[[Desks, Mapping[str, Json]], None] | None = None
    for_staff: bool = False


@dataclass(frozen=True, slots=True)
class Conversations:
    """The scripts there are, and the words they are told in."""

    scripts: Mapping[str, ScriptSpec]
    words: Words

    def start(self, desks: Desks, answer: Answer, script: str, args: Mapping[str, Json]) -> None:
        """Begin `script`; a conversation that was open is laid aside and offered again afterwards."""
        self._lay_aside(desks)
        self._begin(desks, answer, Next(script, args), preface=(), chain=1)

    def hear(self, desks: Desks, answer: Answer, conversation: Conversation, reply: Reply) -> None:
        """Take a reply: a command word ("hủy", "quay lại", "bỏ qua") or an answer to the open question."""
        command = self._command(reply)
        if command:
            self.control(desks, answer, conversation, command)
            return
        self._turn(desks, answer, conversation, Answering(reply=reply, asked=conversation.asked))

    def control(self, desks: Desks, answer: Answer, conversation: Conversation, command: str) -> None:
        """Skip the open question, go back one, or end the conversation."""
        if command == SKIP:
            self._turn(desks, answer, conversation, Answering(skip=True, asked=conversation.asked))
        elif command == CANCEL:
            self._close(desks, conversation, "cancelled")
            self._tell(desks, answer, Text("engine.cancelled"))
            self._resume(desks, answer)
        else:
            shorter = back(_journal(conversation))
            if shorter is None:
                self.show(desks, answer, conversation, Text("engine.no_way_back"))
            else:
                kept = replace(conversation, journal=[entry.to_json() for entry in shorter], asked=None)
                self._turn(desks, answer, kept, NOTHING)

    def press(self, desks: Desks, answer: Answer, data: str) -> None:
        """Take a press of a button of ours: `c<conversation>.<step>.<option>`, all of it untrusted."""
        conversation_id, step, option = read_button(data)
        current = stored.open_in(desks.connection, desks.chat.id)
        if current is None or current.id != conversation_id or step != current.step:
            if not _repeats_last_answer(current, conversation_id, step, option):
                self._stale(desks, answer, current)
            return
        if option in (SKIP, BACK, CANCEL):
            self.control(desks, answer, current, option)
        else:
            self._turn(desks, answer, current, Answering(reply=Reply(option=option), asked=current.asked))

    def edit(self, desks: Desks, answer: Answer, message_ref: str, text: str) -> None:
        """Take an edited message: it changes the answer it gave while that can still change."""
        current = stored.open_in(desks.connection, desks.chat.id)
        key = key_of_message(_journal(current), message_ref) if current else None
        if current is None or key is None:
            self._tell(desks, answer, Text("engine.edit_too_late"))
            return
        reply = Reply(text=text, message_ref=message_ref)
        self._turn(desks, answer, current, Answering(reply=reply, edits=key), Text("engine.edited"))

    def show(self, desks: Desks, answer: Answer, conversation: Conversation, preface: Text) -> None:
        """Say something and offer the open question again; nothing changes."""
        turn = self._replay(desks, conversation, NOTHING)
        if turn.ask is not None:
            answer.post(self._message(desks, conversation, turn, (preface,)))

    def abandon(self, desks: Desks, conversation: Conversation) -> None:
        """Close a conversation that nobody goes on with; it counts as given up."""
        spec = self.scripts.get(conversation.script)
        if spec and spec.abandoned:
            spec.abandoned(desks, {entry.key: entry.value for entry in _journal(conversation)})
        self._close(desks, conversation, "abandoned")

    def _begin(self, desks: Desks, answer: Answer, following: Next, preface: tuple[Label, ...], chain: int) -> None:
        conversation = stored.start(desks.connection, desks.chat.id, following.script, following.args, desks.now)
        turn = self._replay(desks, conversation, NOTHING)
        self._settle(desks, answer, conversation, turn, preface, chain)

    def _turn(
        self,
        desks: Desks,
        answer: Answer,
        conversation: Conversation,
        answering: Answering,
        preface: Text | None = None,
    ) -> None:
        turn = self._replay(desks, conversation, answering)
        if turn.refused is not None and turn.ask is not None:
            if turn.secret:
                web_messages.forget_last_own(desks.connection, desks.chat.id)
            answer.post(self._message(desks, conversation, turn, (turn.refused,)))
            return
        prefaces = (*((preface,) if preface else ()), *((Text("engine.drifted"),) if turn.drifted else ()))
        self._settle(desks, answer, conversation, turn, prefaces, chain=1)

    def _settle(
        self,
        desks: Desks,
        answer: Answer,
        conversation: Conversation,
        turn: Turn,
        preface: tuple[Label, ...],
        chain: int,
    ) -> None:
        """Store the turn and say what follows: the open question, another script, or the end."""
        journal = [entry.to_json() for entry in turn.journal]
        asked = turn.ask.key if turn.ask else None
        kept = replace(conversation, journal=journal, asked=asked, step=conversation.step + 1)
        if turn.ask is not None:
            stored.save(desks.connection, kept, "open", desks.now)
            answer.post(self._message(desks, kept, turn, preface))
            return
        # What was said is filed where it belongs by now; the journal has served.
        stored.save(desks.connection, replace(kept, journal=[]), "done", desks.now)
        said = (*preface, *(say.text for say in turn.says))
        if isinstance(turn.result, Next):
            if chain >= LONGEST_CHAIN:
                raise RuntimeError(f"scripts follow each other without a question: {turn.result.script}")
            self._begin(desks, answer, turn.result, said, chain + 1)
            return
        if said:
            answer.post(self._last_message(desks, conversation, turn, said))
        self._resume(desks, answer)

    def _replay(self, desks: Desks, conversation: Conversation, answering: Answering) -> Turn:
        scene = Scene(desks.reference, desks.today, conversation.args)
        script = self.scripts[conversation.script].play(scene)
        return advance(
            script,
            _journal(conversation),
            answering,
            perform=lambda effect: effect.action(desks),
            match=self.words.match,
        )

    def _message(self, desks: Desks, conversation: Conversation, turn: Turn, preface: tuple[Label, ...]) -> Outgoing:
        """Put what is to be told and the open question into one message."""
        assert turn.ask is not None  # noqa: S101 - the callers looked
        language = desks.chat.language
        labels = (*preface, *(say.text for say in turn.says), turn.ask.prompt)
        buttons = self._buttons(conversation, turn, turn.ask, language)
        copy = next((say.copy_code for say in turn.says if say.copy_code), None)
        return Outgoing(self._paragraphs(labels, language), buttons, turn.ask.columns, copy, turn.ask.wants)

    def _last_message(self, desks: Desks, conversation: Conversation, turn: Turn, said: tuple[Label, ...]) -> Outgoing:
        copy = next((say.copy_code for say in turn.says if say.copy_code), None)
        more = () if self.scripts[conversation.script].for_staff else (self._menu_button(desks.chat.language),)
        return Outgoing(self._paragraphs(said, desks.chat.language), more, copy_code=copy)

    def _menu_button(self, language: str) -> Button:
        return Button(self.words.text("buttons.menu", language), "s:menu")

    def _paragraphs(self, labels: tuple[Label, ...], language: str) -> str:
        return "\n\n".join(self.words.label(label, language) for label in labels)

    def _buttons(self, conversation: Conversation, turn: Turn, ask: Ask, language: str) -> tuple[Button, ...]:
        extra: list[Option[Any]] = []
        if ask.optional and ask.wants != "file":
            extra.append(Option(SKIP, Text("buttons.skip"), None))
        if back(turn.journal) is not None:
            extra.append(Option(BACK, Text("buttons.back"), None))
        if any(entry.kind is EntryKind.ANSWER for entry in turn.journal):
            extra.append(Option(CANCEL, Text("buttons.cancel"), None))
        return tuple(
            Button(self.words.label(option.label, language), button_data(conversation, option.id))
            for option in (*ask.options, *extra)
        )

    def _command(self, reply: Reply) -> str | None:
        """Recognise the three words that steer a conversation instead of answering."""
        typed = fold(reply.text).lstrip("/")
        for command, key in ((SKIP, "words.skip"), (BACK, "words.back"), (CANCEL, "words.cancel")):
            if typed and typed in self.words.text(key, "vi").split("|"):
                return command
        return None

    def _stale(self, desks: Desks, answer: Answer, current: Conversation | None) -> None:
        if current is None:
            self._tell(desks, answer, Text("engine.stale_ended"))
        else:
            self.show(desks, answer, current, Text("engine.stale"))

    def _tell(self, desks: Desks, answer: Answer, text: Text) -> None:
        language = desks.chat.language
        answer.post(Outgoing(self.words.label(text, language), (self._menu_button(language),)))

    def _lay_aside(self, desks: Desks) -> None:
        current = stored.open_in(desks.connection, desks.chat.id)
        if current is None:
            return
        if current.journal:
            stored.save(desks.connection, current, "paused", desks.now)
        else:
            self._close(desks, current, "cancelled")

    def _resume(self, desks: Desks, answer: Answer) -> None:
        """Take up again what was laid aside for what has ended now."""
        paused = stored.latest_paused(desks.connection, desks.chat.id, desks.now - RESUMED_WITHIN)
        if paused is None or paused.script not in self.scripts:
            return
        turn = self._replay(desks, paused, NOTHING)
        preface = (Text("engine.resumed"), *((Text("engine.drifted"),) if turn.drifted else ()))
        self._settle(desks, answer, paused, turn, preface, chain=1)

    def _close(self, desks: Desks, conversation: Conversation, status: str) -> None:
        """End a conversation; what a person took back by "Hủy" is not kept."""
        kept = replace(conversation, journal=[]) if status == "cancelled" else conversation
        stored.save(desks.connection, kept, status, desks.now)


def button_data(conversation: Conversation, option: str) -> str:
    """Name an option of a conversation's open question in at most 64 bytes."""
    return f"c{_base36(conversation.id)}.{_base36(conversation.step)}.{option}"


def read_button(data: str) -> tuple[int, int, str]:
    """Read what `button_data` wrote; anything else names a conversation that never was."""
    parts = data.removeprefix("c").split(".", 2)
    try:
        return int(parts[0], 36), int(parts[1], 36), parts[2]
    except (ValueError, IndexError):
        return -1, -1, ""


def _journal(conversation: Conversation) -> tuple[Entry, ...]:
    return tuple(Entry.from_json(line) for line in conversation.journal)


def _repeats_last_answer(current: Conversation | None, conversation_id: int, step: int, option: str) -> bool:
    """Recognise a double tap: the option that answered the question before this one."""
    if current is None or current.id != conversation_id or step != current.step - 1:
        return False
    answers = [entry.value for entry in _journal(current) if entry.kind == "answer"]
    return bool(answers) and (answers[-1] == option or answers[-1] == {"id": option})


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _BASE36[digit] + digits
        if not number:
            return digits
