"""The dialogue engine: a script, replayed over the journal of its answers up to the open question.

The journal is all that is kept of a conversation. To go on, the script is run from the top, each question
takes its answer from the journal, and the first one without an answer is the open question: it reads the reply.
What was done (`Do`) is journaled with its result and not done again.

A journal written by older code is recognised by its keys. Questions that are still asked keep their answers,
wherever they stand now; answers to questions that are not reached yet are kept as spare for when they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.effects import Ask, Check, Do, Effect, Json, Matcher, Refused, Reply, Say, Script, Text, accept_all
from offices.words import clean


class EntryKind(StrEnum):
    """What a journal entry holds: an answer, something done (for good), or what older code left over."""

    ANSWER = "answer"
    DONE = "done"
    FINAL = "final"
    SPARE = "spare"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal; `message_ref` is the message that gave the answer, so that an edit finds it."""

    key: str
    value: Json
    kind: EntryKind
    message_ref: str | None = None

    def to_json(self) -> list[Json]:
        """Return the entry as it is stored."""
        return [self.key, self.value, str(self.kind), self.message_ref]

    @classmethod
    def from_json(cls, stored: Sequence[Json]) -> "Entry":
        """Return the entry that `to_json` wrote."""
        key, value, kind, message_ref = stored
        return cls(key, value, EntryKind(kind), message_ref)


Journal = tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one reply led to.

    journal   to be stored
    says      what to tell, in order
    ask       the open question, None when the script has ended
    refused   why the reply was no answer; journal and question are as before
    drifted   the journal is of older code and was fitted to this one; the person should be told
    result    what the script returned at its end
    secret    the refused reply must not be kept anywhere
    """

    journal: Journal
    says: tuple[Say, ...]
    ask: Ask | None
    refused: Text | None = None
    drifted: bool = False
    result: Any = None
    secret: bool = False


class ScriptError(Exception):
    """A script that breaks a rule of the engine, such as a key used twice."""


@dataclass(frozen=True, slots=True)
class Answering:
    """What a person does at the open question.

    reply   the answer, None for none
    skip    chose "Bỏ qua"
    asked   the key of the question that the person was shown; when the code asks something else by now, the
            reply is not taken for an answer to that
    edits   the key of an earlier question whose answer `reply` replaces
    """

    reply: Reply | None = None
    skip: bool = False
    asked: str | None = None
    edits: str | None = None

    @property
    def waits(self) -> bool:
        """Whether there is something for the open question to read."""
        return self.edits is None and (self.skip or self.reply is not None)


NOTHING = Answering()


def advance(
    script: Script[Any],
    journal: Sequence[Entry],
    answering: Answering = NOTHING,
    *,
    perform: Callable[[Do], Json],
    match: Matcher,
    guard: Check = accept_all,
) -> Turn:
    """Replay `script`, a fresh generator, over `journal`; let the open question read what the person does.

    perform   does a `Do` and returns its JSON result
    match     finds the option that a typed text means
    guard     looks at words that would be kept, and at words that no question takes
    """
    run = _Run(list(journal), answering, perform, match, guard)
    answer: Json = None
    while True:
        try:
            effect: Effect = script.send(answer)
        except StopIteration as end:
            return Turn(tuple(run.stands), tuple(run.says), None, drifted=run.drifted, result=end.value)
        if isinstance(effect, Say):
            run.says.append(effect)
            answer = None
        elif isinstance(effect, Do):
            answer = run.done(effect).value
        else:
            try:
                entry = run.answered(effect)
            except Refused as refused:
                return Turn(tuple(journal), (), effect, refused=refused.reason, secret=refused.secret)
            if entry is None:
                return run.stops_at(effect)
            answer = entry.value


def back(journal: Sequence[Entry]) -> Journal | None:
    """Return the journal without its last answer and what was done since; None where there is no way back."""
    stands = [entry for entry in journal if entry.kind is not EntryKind.SPARE]
    while stands:
        last = stands.pop()
        if last.kind is EntryKind.FINAL:
            return None
        if last.kind is EntryKind.ANSWER:
            return tuple(stands)
    return None


def key_of_message(journal: Sequence[Entry], message_ref: str) -> str | None:
    """Return the key of the answer that a message gave and that may still change; None for no such answer."""
    for entry in reversed(journal):
        if entry.kind is EntryKind.FINAL:
            return None
        if entry.message_ref == message_ref and entry.kind is EntryKind.ANSWER:
            return entry.key
    return None


@dataclass(slots=True)
class _Run:
    """One replay: what is left of the journal, what stands of it, and what is to be told."""

    left: list[Entry]
    answering: Answering
    perform: Callable[[Do], Json]
    match: Matcher
    guard: Check
    stands: list[Entry] = field(default_factory=list)
    says: list[Say] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    drifted: bool = False
    heard: bool = False
    edited: bool = False

    def done(self, effect: Do) -> Entry:
        """Give the journaled result, or do it now; what followed from an answer that was edited is done anew."""
        kind = EntryKind.FINAL if effect.final else EntryKind.DONE
        found = self._take(effect.key)
        if self.edited and not effect.final:
            found = None
        entry = _as(found, kind) if found else Entry(effect.key, self.perform(effect), kind)
        self.stands.append(entry)
        return entry

    def answered(self, ask: Ask) -> Entry | None:
        """Give the journaled answer or read the reply; None when this is the open question. Raises Refused."""
        entry = self._take(ask.key)
        if entry is not None and not _still_fits(ask, entry.value):
            entry, self.drifted = None, True
        if ask.key == self.answering.edits and self.answering.reply:
            entry, self.edited = self._read(ask, self.answering.reply), True
        elif entry is None and self.answering.waits and not self.heard:
            entry = self._hear(ask)
        elif entry is not None and not self.heard:
            self.says.clear()  # told before the answer was given, so told already
        if entry is not None:
            self.stands.append(_as(entry, EntryKind.ANSWER))
        return entry

    def stops_at(self, ask: Ask) -> Turn:
        """End the turn at an open question; answers that older code left over are kept for later ones."""
        spare = [replace(entry, kind=EntryKind.SPARE) for entry in self.left]
        self.drifted = self.drifted or any(entry.kind is not EntryKind.SPARE for entry in self.left)
        # After an edit other questions follow because of the person, not because of the code.
        return Turn((*self.stands, *spare), tuple(self.says), ask, drifted=self.drifted and not self.edited)

    def _take(self, key: str) -> Entry | None:
        """Take the entry of `key` out of what is left; out of turn means that the code has changed."""
        if key in self.keys:
            raise ScriptError(f"the key {key!r} is used twice in one conversation")
        self.keys.add(key)
        for position, entry in enumerate(self.left):
            if entry.key == key:
                out_of_turn = any(other.kind is not EntryKind.SPARE for other in self.left[:position])
                self.drifted = self.drifted or out_of_turn
                return self.left.pop(position)
        return None

    def _hear(self, ask: Ask) -> Entry | None:
        """Let the open question read what the person does, if it is the one that the person was shown."""
        self.heard = True
        reply, asked = self.answering.reply, self.answering.asked
        if asked is not None and asked != ask.key:
            self.drifted = True
            if reply is not None and reply.text:
                self.left.append(Entry(asked, clean(reply.text), EntryKind.SPARE, reply.message_ref))
            return None
        if reply is None:
            if not ask.optional:
                raise Refused(Text("refused.no_skip"))
            self.says.clear()
            return Entry(ask.key, None, EntryKind.ANSWER)
        entry = self._read(ask, reply)
        self.says.clear()
        return entry

    def _read(self, ask: Ask, reply: Reply) -> Entry:
        """Make the entry of a reply. Raises Refused; words that must not be kept are refused before all others."""
        try:
            value = ask.read(reply, self.match)
        except Refused:
            self.guard(reply.text)
            raise
        if not _is_option(ask, value):
            self.guard(reply.text)
        return Entry(ask.key, value, EntryKind.ANSWER, reply.message_ref)


def _as(entry: Entry, kind: EntryKind) -> Entry:
    return entry if entry.kind is kind else replace(entry, kind=kind)


def _still_fits(ask: Ask, value: Json) -> bool:
    return ask.optional if value is None else ask.fits(value)


def _is_option(ask: Ask, value: Json) -> bool:
    """Say whether an answer names one of the options, so that none of the words is kept."""
    return any(value in (option.id, {"id": option.id}) for option in ask.options)
