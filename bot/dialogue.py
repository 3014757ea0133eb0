"""The dialogue engine: a script, replayed over the journal of its answers up to the open question.

The journal is all that is kept of a conversation. To go on, the script is run from the top, each question
takes its answer from the journal, and the first one without an answer is the open question: it reads the reply.
What was done (`Do`) is journaled with its result and not done again. A script that still stands at its open question
reads the next reply there: that comes to the same, because where it stands follows from its journal.

A journal written by older code is recognised by its keys. Questions that are still asked keep their answers,
wherever they stand now; answers to questions that are not reached yet are kept as spare for when they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.effects import Ask, Check, Do, Effect, Json, Matcher, Refused, Reply, Say, Script, Text, accept_all
from bot.journal import Entry, EntryKind, Journal
from offices.words import clean


@dataclass(frozen=True, slots=True)
class Turn:
    """What one reply led to.

    play      the script where it stands now
    journal   to be stored
    says      what to tell, in order
    ask       the open question, None when the script has ended
    refused   why the reply was no answer; journal and question are as before
    drifted   the journal is of older code and was fitted to this one; the person should be told
    result    what the script returned at its end
    secret    the refused reply must not be kept anywhere
    """

    play: "Play"
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


class Play:
    """A script on its way over a journal, from the top to the open question and, turn by turn, further."""

    def __init__(self, script: Script[Any], journal: Sequence[Entry] = ()) -> None:
        """Take `script`, a fresh generator, and what is kept of the turns before."""
        self._script = script
        self._journal: Journal = tuple(journal)
        self._left = list(journal)
        self._stands: list[Entry] = []
        self._says: list[Say] = []
        self._keys: set[str] = set()
        self._open: Ask | None = None
        self._drifted = self._edited = self._heard = False

    def turn(
        self,
        answering: Answering = NOTHING,
        *,
        perform: Callable[[Do], Json],
        match: Matcher,
        guard: Check = accept_all,
    ) -> Turn:
        """Go on to the open question, let it read what the person does, and stop at the next one.

        perform   does a `Do` and returns its JSON result
        match     finds the option that a typed text means
        guard     looks at words that would be kept, and at words that no question takes

        After the first turn only where `stands_at` says so.
        """
        self._answering, self._perform, self._match, self._guard = answering, perform, match, guard
        self._heard = False
        effect: Effect | None = self._open
        answer: Json = None
        while True:
            if effect is None:
                try:
                    effect = self._script.send(answer)
                except StopIteration as end:
                    return self._ends(end.value)
            if isinstance(effect, Say):
                self._says.append(effect)
                answer = None
            elif isinstance(effect, Do):
                answer = self._done(effect).value
            else:
                try:
                    entry = self._answered(effect)
                except Refused as refused:
                    return self._refuses(effect, refused)
                if entry is None:
                    return self._stops_at(effect)
                answer = entry.value
            effect = None

    def stands_at(self, stored: Sequence[Json]) -> bool:
        """Say whether this is where a replay of the journal `stored`, written by the last turn, would lead to.

        It does not when something of that journal is left over, or an answer was changed in the middle.
        """
        is_whole = not (self._left or self._drifted or self._answering.edits)
        return self._open is not None and is_whole and len(self._stands) == len(stored)

    def _ends(self, result: Any) -> Turn:
        return Turn(self, tuple(self._stands), tuple(self._says), None, drifted=self._drifted, result=result)

    def _refuses(self, ask: Ask, refused: Refused) -> Turn:
        return Turn(self, self._journal, (), ask, refused=refused.reason, secret=refused.secret)

    def _done(self, effect: Do) -> Entry:
        """Give the journaled result, or do it now; what followed from an answer that was edited is done anew."""
        kind = EntryKind.FINAL if effect.final else EntryKind.DONE
        found = self._take(effect.key)
        if self._edited and not effect.final:
            found = None
        entry = _as(found, kind) if found else Entry(effect.key, self._perform(effect), kind)
        self._stands.append(entry)
        return entry

    def _answered(self, ask: Ask) -> Entry | None:
        """Give the journaled answer or read the reply; None when this is the open question. Raises Refused."""
        entry = None if ask is self._open else self._take(ask.key)
        self._open = ask
        if entry is not None and not _still_fits(ask, entry.value):
            entry, self._drifted = None, True
        if ask.key == self._answering.edits and self._answering.reply:
            entry, self._edited = self._read(ask, self._answering.reply), True
        elif entry is None and self._answering.waits and not self._heard:
            entry = self._hear(ask)
        elif entry is not None and not self._heard:
            self._says.clear()  # told before the answer was given, so told already
        if entry is not None:
            self._stands.append(_as(entry, EntryKind.ANSWER))
            self._open = None
        return entry

    def _stops_at(self, ask: Ask) -> Turn:
        """End the turn at an open question; answers that older code left over are kept for later ones."""
        spare = [replace(entry, kind=EntryKind.SPARE) for entry in self._left]
        self._drifted = self._drifted or any(entry.kind is not EntryKind.SPARE for entry in self._left)
        # After an edit other questions follow because of the person, not because of the code.
        self._journal = (*self._stands, *spare)
        return Turn(self, self._journal, tuple(self._says), ask, drifted=self._drifted and not self._edited)

    def _take(self, key: str) -> Entry | None:
        """Take the entry of `key` out of what is left; out of turn means that the code has changed."""
        if key in self._keys:
            raise ScriptError(f"the key {key!r} is used twice in one conversation")
        self._keys.add(key)
        for position, entry in enumerate(self._left):
            if entry.key == key:
                out_of_turn = any(other.kind is not EntryKind.SPARE for other in self._left[:position])
                self._drifted = self._drifted or out_of_turn
                return self._left.pop(position)
        return None

    def _hear(self, ask: Ask) -> Entry | None:
        """Let the open question read what the person does, if it is the one that the person was shown."""
        self._heard = True
        reply, asked = self._answering.reply, self._answering.asked
        if asked is not None and asked != ask.key:
            self._drifted = True
            if reply is not None and reply.text:
                self._left.append(Entry(asked, clean(reply.text), EntryKind.SPARE, reply.message_ref))
            return None
        if reply is None:
            if not ask.optional:
                raise Refused(Text("refused.no_skip"))
            self._says.clear()
            return Entry(ask.key, None, EntryKind.ANSWER)
        entry = self._read(ask, reply)
        self._says.clear()
        return entry

    def _read(self, ask: Ask, reply: Reply) -> Entry:
        """Make the entry of a reply. Raises Refused; words that must not be kept are refused before all others."""
        try:
            value = ask.read(reply, self._match)
        except Refused:
            self._guard(reply.text)
            raise
        if not _is_option(ask, value):
            self._guard(reply.text)
        return Entry(ask.key, value, EntryKind.ANSWER, reply.message_ref)


def _as(entry: Entry, kind: EntryKind) -> Entry:
    return entry if entry.kind is kind else replace(entry, kind=kind)


def _still_fits(ask: Ask, value: Json) -> bool:
    return ask.optional if value is None else ask.fits(value)


def _is_option(ask: Ask, value: Json) -> bool:
    """Say whether an answer names one of the options, so that none of the words is kept."""
    return any(value in (option.id, {"id": option.id}) for option in ask.options)
