"""What each kind of event does in a chat: begins a conversation, answers its question, or is noted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot import by_hand
from bot.conversations import Conversations
from bot.denunciations import is_denunciation
from bot.effects import Next, Reply
from bot.handlers.menu import not_read
from bot.handlers.phone_news import PHONE_NEWS, UNASKED
from bot.messages import Incoming, IncomingKind, Outgoing
from bot.posting import Reply as Answer
from bot.shown import BEGINS, begun_by, label_of
from bot.starts import ASKS_CODE, about_news, code_given, link_given, spoken, start_of
from offices import entry_codes
from offices.phones import read_phone
from offices.words import clean
from storage import chats, conversations, kept_files, leaving, outbox, web_messages, windows
from storage import entry_codes as stored_codes
from storage.contacts import phone_digest
from storage.conversations import Conversation
from storage.desks import Desks

LONGEST_TEXT = 10_000
"""Characters of one message that are looked at: more than any channel lets a person send."""
LONGEST_DATA = 128
"""Characters of a button's payload that are looked at: twice as much as a button of ours can hold."""
_SHOWS_NO_PRESS = web_messages.DIRECT_CHANNELS | windows.WINDOWED_CHANNELS
"""Channels that do not show by themselves what was pressed."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Lets events do what they do, inside the transaction that took them.

    by_hand_for  how long the bot is silent after an official answered a chat by hand
    """

    talk: Conversations
    by_hand_for: timedelta = by_hand.BY_HAND_FOR

    def hear(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        """Do what an event does; what it says is posted to `answer`."""
        does: Mapping[IncomingKind, Callable[[Desks, Answer, Incoming], None]] = {
            IncomingKind.TEXT: self._text,
            IncomingKind.COMMAND: self._commanded,
            IncomingKind.PRESS: self._press,
            IncomingKind.START: self._start,
            IncomingKind.FILE: self._file,
            IncomingKind.LOCATION: self._location,
            IncomingKind.CONTACT: self._contact,
            IncomingKind.EDIT: self._edit,
            IncomingKind.UNSUPPORTED: self._unsupported,
            IncomingKind.BLOCKED: self._blocked,
            IncomingKind.UNBLOCKED: self._unblocked,
            IncomingKind.GROUP: self._group,
            IncomingKind.ARRIVED: self._arrived,
            IncomingKind.BY_HAND: self._by_hand,
        }
        does[incoming.kind](desks, answer, incoming)

    def _text(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        text = clean(incoming.text[:LONGEST_TEXT])
        if text.startswith("/") and desks.chat.channel in web_messages.DIRECT_CHANNELS:
            # Our page and terminal know no commands of their own; Telegram tells commands from forwarded texts.
            self._command(desks, answer, text[1:])
            return
        if self._turned_away(desks, answer, text):
            return
        _echo(desks, text)
        self._reply(desks, answer, Reply(text=text, message_ref=incoming.message_ref))

    def _turned_away(self, desks: Desks, answer: Answer, text: str) -> bool:
        """Lead a denunciation out of the blue to its own channel; inside a conversation the engine does so.

        Nothing of it is kept, not even as a line of our own page or an argument of a conversation.
        """
        if conversations.open_in(desks.connection, desks.chat.id) is not None or not is_denunciation(text):
            return False
        self.talk.start(desks, answer, "denunciation", {})
        return True

    def _commanded(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        self._command(desks, answer, clean(incoming.text))

    def _command(self, desks: Desks, answer: Answer, typed: str) -> None:
        name, _, parameter = typed.partition(" ")
        if parameter and is_denunciation(parameter):
            self.talk.start(desks, answer, "denunciation", {})
            return
        current = conversations.open_in(desks.connection, desks.chat.id)
        started = start_of(name, parameter)
        if started is not None:
            self.talk.start(desks, answer, started.script, started.args)
        elif current is not None:
            self.talk.hear(desks, answer, current, Reply(text=name))
        else:
            self.talk.start(desks, answer, "menu", {})

    def _press(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        data = clean(incoming.data[:LONGEST_DATA])
        label = label_of(desks, self.talk.words, data) if desks.chat.channel in _SHOWS_NO_PRESS else ""
        _echo(desks, label)
        if label and desks.chat.channel in windows.WINDOWED_CHANNELS:
            answer.chosen = self.talk.words.text("engine.chosen", desks.chat.language, {"label": label})
        if data.startswith(BEGINS):
            started = start_of(data.removeprefix(BEGINS), "") or Next("menu", {"unknown": True})
            self.talk.start(desks, answer, started.script, started.args)
        else:
            self.talk.press(desks, answer, data)
        if incoming.message_ref:
            answer.clear_buttons(incoming.message_ref)

    def _start(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        started = start_of("start", clean(incoming.data)) or Next("menu", {"unknown": True})
        self.talk.start(desks, answer, started.script, started.args)

    def _file(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        name, text = clean(incoming.file.name if incoming.file else ""), clean(incoming.text[:LONGEST_TEXT])
        if self._turned_away(desks, answer, text):
            return
        _echo(desks, f"📎 {name} {text}".strip())
        reply = Reply(text=text, file=incoming.file, message_ref=incoming.message_ref)
        self._reply(desks, answer, reply)
        if incoming.file and incoming.channel in kept_files.FLEETING_CHANNELS:
            _keep_if_taken(desks, incoming.file.ref)

    def _location(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        _echo(desks, "📍")
        self._reply(desks, answer, Reply(place=incoming.place))

    def _reply(self, desks: Desks, answer: Answer, reply: Reply) -> None:
        current = conversations.open_in(desks.connection, desks.chat.id)
        at_once = None if reply.file else _entered(desks, reply.text, is_open=current is not None)
        if at_once is None and not reply.file:
            at_once = _at_once(reply.text, current.asked if current else None)
            at_once = at_once or self._offered(desks, reply.text, current)
        if at_once is not None:
            self.talk.start(desks, answer, at_once.script, at_once.args)
        elif current is not None:
            self.talk.hear(desks, answer, current, reply)
        else:
            begun = spoken(reply.text) or Next("menu", {"text": reply.text} if reply.text else {})
            self.talk.start(desks, answer, begun.script, begun.args)

    def _offered(self, desks: Desks, text: str, current: Conversation | None) -> Next | None:
        """Return what a button begins whose words are typed."""
        begins = begun_by(desks, self.talk.words, text, current)
        return start_of(begins, "") if begins else None

    def _edit(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        self.talk.edit(desks, answer, incoming.message_ref or "", clean(incoming.text[:LONGEST_TEXT]))

    def _unsupported(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        current = conversations.open_in(desks.connection, desks.chat.id)
        if current is not None:
            self.talk.show(desks, answer, current, not_read(incoming.data))
        else:
            self.talk.start(desks, answer, "menu", {}, preface=(not_read(incoming.data),))

    def _contact(self, desks: Desks, answer: Answer, incoming: Incoming) -> None:
        """Take a number that was asked for, or the writer's own; of any other keep nothing, and say so."""
        number = read_phone(f"+{incoming.phone.removeprefix('+')}") if incoming.phone else None
        current = conversations.open_in(desks.connection, desks.chat.id)
        if number is None:
            self._unsupported(desks, answer, incoming)
        elif current is not None and current.script == PHONE_NEWS:
            self.talk.hear(desks, answer, current, Reply(phone=number, message_ref=incoming.message_ref))
        elif incoming.own_phone:
            self.talk.start(desks, answer, "contact", {"mark": phone_digest(self.talk.token_key, number)})
        else:
            self.talk.start(desks, answer, UNASKED.script, UNASKED.args)

    def _blocked(self, desks: Desks, _answer: Answer, incoming: Incoming) -> None:
        connection, chat = desks.connection, desks.chat
        if chat.channel not in windows.WINDOWED_CHANNELS:
            chats.set_state(connection, chat.id, "unreachable")
            outbox.drop_queued(connection, chat.id, "blocked by the person")
            return
        last = windows.last_interaction(connection, chat.id)
        if last is None or last <= incoming.at:  # else he is back already, and the event came late
            chats.leave(connection, chat.id, incoming.at)
            leaving.hold_back(connection, chat.id)

    def _unblocked(self, desks: Desks, _answer: Answer, _incoming: Incoming) -> None:
        """Nothing is to be said: `welcome` has marked the chat as reachable."""

    def _arrived(self, desks: Desks, answer: Answer, _incoming: Incoming) -> None:
        """Greet who comes without a word, once: who has a conversation open goes on with it."""
        if conversations.open_in(desks.connection, desks.chat.id) is None:
            self.talk.start(desks, answer, "menu", {})

    def _by_hand(self, desks: Desks, _answer: Answer, incoming: Incoming) -> None:
        by_hand.answered(desks, incoming, self.by_hand_for)

    def _group(self, desks: Desks, answer: Answer, _incoming: Incoming) -> None:
        """Answer in a group once a day: personal matters are for a private chat."""
        answer.cause = f"group:{desks.chat.id}:{desks.now.date().isoformat()}"
        answer.post(Outgoing(self.talk.words.text("engine.group", desks.chat.language)))


def _entered(desks: Desks, text: str, *, is_open: bool) -> Next | None:
    """Return what the code of a poster begins; a mistyped one is an answer where a question is open."""
    if not entry_codes.is_meant(text):
        return None
    code = entry_codes.read(text)
    start = stored_codes.start_behind(desks.connection, code) if code else None
    if start is None:
        return None if is_open else Next("menu", {"unknown": True})
    return start_of("start", start)


def _keep_if_taken(desks: Desks, ref: str) -> None:
    """Have a file fetched at once that the open question has taken: its channel gives it only for a while."""
    current = conversations.open_in(desks.connection, desks.chat.id)
    answers = [entry[1] for entry in current.journal] if current else []
    if any(isinstance(each, dict) and each.get("ref") == clean(ref) for each in answers):
        kept_files.plan(desks.connection, desks.chat.channel, desks.chat.account, clean(ref), desks.now)


def _at_once(text: str, asked: str | None) -> Next | None:
    """Return what a text begins although a question may be open, whose key is `asked`."""
    if begun := about_news(text) or link_given(text):
        return begun
    if asked and asked.startswith(ASKS_CODE):
        return None
    return code_given(text, instead_of_answer=asked is not None)


def _echo(desks: Desks, text: str) -> None:
    """Show the person's own line on our own page; other channels show it themselves."""
    if text and desks.chat.channel in web_messages.DIRECT_CHANNELS:
        web_messages.add(desks.connection, desks.chat.id, own=True, body={"text": text}, now=desks.now)
