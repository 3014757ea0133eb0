"""Conversations in chats: which script is open, what a reply does to it, what is said back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.composing import Composer
from bot.denunciations import no_denunciation
from bot.dialogue import NOTHING, Answering, Play, Turn
from bot.effects import Json, Label, Next, Reply, Text, accept_all
from bot.journal import Entry, EntryKind, back, key_of_message
from bot.live import Live
from bot.options import BACK, CANCEL, CONTROLS, SKIP, page_of, read_button
from bot.posting import Question
from bot.posting import Reply as Answer
from bot.scenes import Scene, ScriptSpec
from bot.words import Words
from offices.words import fold
from storage import chats, left_conversations, web_messages
from storage import conversations as stored
from storage.conversations import Conversation
from storage.desks import Desks
from storage.vault import Vault
from surveys.tokens import TokenKey

RESUMED_WITHIN = timedelta(days=1)
LONGEST_CHAIN = 5
"""Scripts that may follow each other without a question: more is a circle."""


@dataclass(frozen=True, slots=True)
class Conversations:
    """The scripts there are, the words they are told in, and the keys that they are given.

    live   scripts kept where they stand; of this process, and nothing rests on them
    """

    scripts: Mapping[str, ScriptSpec]
    words: Words
    token_key: TokenKey
    vault: Vault
    sends_by_phone: bool = True
    live: Live = field(default_factory=Live)
    composer: Composer = field(init=False)

    def __post_init__(self) -> None:
        """Take the composer that uses the same words."""
        object.__setattr__(self, "composer", Composer(self.words))

    def start(
        self, desks: Desks, answer: Answer, script: str, args: Mapping[str, Json], *, preface: tuple[Text, ...] = ()
    ) -> None:
        """Begin `script`; a conversation that was open is laid aside and offered again afterwards.

        One that was about the very same is given up for the new one.

        preface  what is told before, once: it is no part of the conversation
        """
        following = Next(script, args)
        self._lay_aside(desks, following)
        self._begin(desks, answer, following, preface, chain=1)

    def hear(self, desks: Desks, answer: Answer, conversation: Conversation, reply: Reply) -> None:
        """Take a reply: a command word ("hủy", "quay lại", "bỏ qua") or an answer to the open question."""
        if self._is_gone(desks, answer, conversation):
            return
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
            self._give_up(desks, conversation, "cancelled")
            answer.overtake()
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
        if current and self._is_gone(desks, answer, current):
            return
        if current is None or current.id != conversation_id or step != current.step:
            if not _repeats_last_answer(current, conversation_id, step, option):
                self._stale(desks, answer, current)
            return
        if option in CONTROLS:
            self.control(desks, answer, current, option)
        elif (page := page_of(option)) is not None:
            stored.save(desks.connection, current, "open", desks.now)  # somebody is there: the idle time begins anew
            self.show(desks, answer, current, Text("engine.more"), page=page)
        else:
            self._turn(desks, answer, current, Answering(reply=Reply(option=option), asked=current.asked))

    def edit(self, desks: Desks, answer: Answer, message_ref: str, text: str) -> None:
        """Take an edited message: it changes the answer it gave while that can still change."""
        current = stored.open_in(desks.connection, desks.chat.id)
        if current and self._is_gone(desks, answer, current):
            return
        key = key_of_message(_journal(current), message_ref) if current else None
        if current is None or key is None:
            self._tell(desks, answer, Text("engine.edit_too_late"))
            return
        reply = Reply(text=text, message_ref=message_ref)
        self._turn(desks, answer, current, Answering(reply=reply, edits=key), Text("engine.edited"))

    def show(self, desks: Desks, answer: Answer, conversation: Conversation, preface: Text, *, page: int = 0) -> None:
        """Say something and offer the open question again, leafed on to a page of its answers; nothing changes."""
        if self._is_gone(desks, answer, conversation):
            return
        turn = self._replay(desks, conversation, NOTHING)
        if turn.ask is not None:
            self._offer(desks, answer, conversation, turn, (preface,), mere=True, page=page)

    def ask_late(self, desks: Desks, answer: Answer) -> None:
        """Apologise for the delay and ask the open question anew, or say that the conversation has ended."""
        current = stored.open_in(desks.connection, desks.chat.id)
        if current is None:
            self._tell(desks, answer, Text("engine.late_ended"))
        else:
            self.show(desks, answer, current, Text("engine.late"))

    def abandon(self, desks: Desks, conversation: Conversation) -> None:
        """Close a conversation that nobody goes on with; it counts as given up."""
        self._give_up(desks, conversation, "abandoned")

    def has_answers(self, conversation: Conversation) -> bool:
        """Say whether the person has answered anything in it yet."""
        return any(entry.kind is EntryKind.ANSWER for entry in _journal(conversation))

    def _begin(self, desks: Desks, answer: Answer, following: Next, preface: tuple[Label, ...], chain: int) -> None:
        if chain > 1:  # the script before may have changed the language
            desks = replace(desks, chat=chats.by_id(desks.connection, desks.chat.id))
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
        if turn.refused is not None and answering.edits:
            self.show(desks, answer, conversation, turn.refused)
            return
        if turn.refused is not None and turn.ask is not None:
            if turn.secret:
                web_messages.forget_last_own(desks.connection, desks.chat.id)
            stored.save(
                desks.connection, conversation, "open", desks.now
            )  # somebody is there: the idle time begins anew
            self._offer(desks, answer, conversation, turn, (turn.refused,), mere=True)
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
        kept = conversation.after(journal, asked)
        for each in self.composer.files(turn, desks.chat.language):
            answer.post(each)
        if turn.ask is not None:
            stored.save(desks.connection, kept, "open", desks.now)
            mere = not turn.says and all(_is_of_engine(label) for label in preface)
            self._offer(desks, answer, kept, turn, preface, mere=mere)
            return
        # What was said is filed where it belongs by now; the journal has served.
        stored.save(desks.connection, replace(kept, journal=[]), "done", desks.now)
        said = (*preface, *(say.text for say in turn.says if not say.file))
        if isinstance(turn.result, Next):
            if chain >= LONGEST_CHAIN:
                raise RuntimeError(f"scripts follow each other without a question: {turn.result.script}")
            self._begin(desks, answer, turn.result, said, chain + 1)
            return
        answer.overtake()
        if said:
            menu = not self.scripts[conversation.script].for_staff
            answer.post(self.composer.ending(turn, said, desks.chat.language, menu=menu))
        self._resume(desks, answer)

    def _replay(self, desks: Desks, conversation: Conversation, answering: Answering) -> Turn:
        scene, spec = self._scene(desks, conversation), self.scripts[conversation.script]
        # An answer that is changed in the middle changes what follows from it: all is played anew.
        play = None if answering.edits else self.live.take(conversation, scene)
        play = play or Play(spec.play(scene), _journal(conversation))
        return play.turn(
            answering,
            perform=lambda effect: effect.action(desks),
            match=self.words.match,
            # Officials may have to write about a denunciation; citizens' ones are not taken here.
            guard=accept_all if spec.for_staff else no_denunciation,
        )

    def _scene(self, desks: Desks, conversation: Conversation) -> Scene:
        return Scene(desks.reference, desks.today, conversation.args, self.token_key, self.vault, self.sends_by_phone)

    def _offer(
        self,
        desks: Desks,
        answer: Answer,
        conversation: Conversation,
        turn: Turn,
        preface: tuple[Label, ...],
        *,
        mere: bool,
        page: int = 0,
    ) -> None:
        """Post the open question; `mere` says that nothing is told with it which was not told before.

        conversation   as it is stored by now
        page           see `Outgoing`
        """
        self.live.keep(conversation, self._scene(desks, conversation), turn.play)
        if mere and answer.late:
            preface = (Text("engine.late"), *preface)
        question = Question(conversation.id, conversation.step, mere)
        answer.post(self.composer.question(conversation, turn, preface, desks.chat.language, page), question)

    def _command(self, reply: Reply) -> str | None:
        """Recognise the three words that steer a conversation instead of answering."""
        typed = fold(reply.text).lstrip("/")
        for command, key in ((SKIP, "words.skip"), (BACK, "words.back"), (CANCEL, "words.cancel")):
            if typed and typed in self.words.text(key, "vi").split("|"):
                return command
        return None

    def _stale(self, desks: Desks, answer: Answer, current: Conversation | None) -> None:
        answer.chosen = ""
        if current is None:
            self._tell(desks, answer, Text("engine.stale_ended"))
        else:
            self.show(desks, answer, current, Text("engine.stale"))

    def _tell(self, desks: Desks, answer: Answer, text: Text) -> None:
        answer.post(self.composer.told(text, desks.chat.language))

    def _is_gone(self, desks: Desks, answer: Answer, conversation: Conversation) -> bool:
        """End a conversation whose script the code no longer has, and say so; its journal stays."""
        if conversation.script in self.scripts:
            return False
        stored.save(desks.connection, conversation, "failed", desks.now)
        self._tell(desks, answer, Text("engine.gone"))
        self._resume(desks, answer)
        return True

    def _lay_aside(self, desks: Desks, following: Next) -> None:
        """Keep an open conversation for later if it holds an answer; give up those that `following` begins anew."""
        current = stored.open_in(desks.connection, desks.chat.id)
        for paused in left_conversations.paused(desks.connection, desks.chat.id):
            if _is_same(paused, following):
                self._give_up(desks, paused, "cancelled")
        if current is None:
            return
        if self.has_answers(current) and not _is_same(current, following) and current.script in self.scripts:
            stored.save(desks.connection, current, "paused", desks.now)
        else:
            self._give_up(desks, current, "cancelled")

    def _resume(self, desks: Desks, answer: Answer) -> None:
        """Take up again what was laid aside for what has ended now."""
        since = desks.now - RESUMED_WITHIN
        paused = stored.latest_paused(desks.connection, desks.chat.id, since)
        if paused is None or paused.script not in self.scripts:
            return
        turn = self._replay(desks, paused, NOTHING)
        preface = (Text("engine.resumed"), *((Text("engine.drifted"),) if turn.drifted else ()))
        self._settle(desks, answer, paused, turn, preface, chain=1)

    def _give_up(self, desks: Desks, conversation: Conversation, status: str) -> None:
        """End a conversation before its last answer; what a person took back by "Hủy" is not kept."""
        spec = self.scripts.get(conversation.script)
        if spec and spec.abandoned:
            spec.abandoned(desks, {entry.key: entry.value for entry in _journal(conversation)})
        kept = replace(conversation, journal=[]) if status == "cancelled" else conversation
        stored.save(desks.connection, kept, status, desks.now)


def _journal(conversation: Conversation) -> tuple[Entry, ...]:
    return tuple(Entry.from_json(line) for line in conversation.journal)


def _is_of_engine(label: Label) -> bool:
    """Tell what we say about the conversation itself from what its script says."""
    return isinstance(label, Text) and label.key.startswith("engine.")


def _is_same(conversation: Conversation, following: Next) -> bool:
    return conversation.script == following.script and dict(conversation.args) == dict(following.args)


def _repeats_last_answer(current: Conversation | None, conversation_id: int, step: int, option: str) -> bool:
    """Recognise a double tap: the option that answered the question before this one."""
    if current is None or current.id != conversation_id or step != current.step - 1:
        return False
    answers = [entry.value for entry in _journal(current) if entry.kind == "answer"]
    return bool(answers) and (answers[-1] == option or answers[-1] == {"id": option})
