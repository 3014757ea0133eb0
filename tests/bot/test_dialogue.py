"""The engine: a script replayed over its journal stands where it stood, whatever happened in between."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.asking import choose, choose_or_skip
from bot.asking_content import attach, write, write_or_skip
from bot.dialogue import NOTHING, Answering, Play, Turn
from bot.effects import Do, Named, Option, Reply, Script, Text, perform, say
from bot.journal import Entry, EntryKind, back, key_of_message
from bot.messages import FileRef

YES_NO = (Option("yes", Named({"vi": "Có"}), value=True), Option("no", Named({"vi": "Không"}), value=False))
SCALE = tuple(Option(str(n), Named({"vi": f"{n} điểm"}), value=n) for n in range(1, 6))

Heard = list[Any]

DESKS: Any = None  # these scripts need no desk


def _match(typed: str, options: Sequence[Option[Any]]) -> str | None:
    return next((option.id for option in options if option.id == typed), None)


def survey(heard: Heard) -> Callable[[], Script[None]]:
    def script() -> Script[None]:
        overall = yield from choose("overall", Text("q.overall"), SCALE)
        if overall <= 2:
            yield from say(Text("sorry"))
            reason = yield from write_or_skip("reason", Text("q.reason"), longest=20)
        else:
            reason = None
        saved = yield from perform("save", lambda _: {"n": overall})
        comment = yield from write("comment", Text("q.comment"), longest=50)
        files = yield from attach("file", Text("q.file"), Text("q.another"), most=3, largest=1000)
        again = yield from choose_or_skip("again", Text("q.again"), YES_NO)
        yield from perform("end", lambda _: None)
        heard.append((overall, reason, saved, comment, [sent.ref for sent in files], again))
        yield from say(Text("thanks"))

    return script


class Talk:
    """A conversation held as a store would: only the journal's JSON lives between two replies.

    keeps   beside it the script where it stands
    """

    def __init__(self, script: Callable[[], Script[None]], *, keeps: bool = False) -> None:
        self.script, self.keeps, self.done = script, keeps, list[str]()
        self.stored: list[Any] = []
        self.kept: Play | None = None
        self.asked: str | None = None
        self.turn = self._take(NOTHING)

    def hear(self, text: str = "", **parts: Any) -> Turn:
        return self._take(Answering(reply=Reply(text=text, **parts), asked=self.asked))

    def press(self, option: str) -> Turn:
        return self.hear(option=option)

    def skip(self) -> Turn:
        return self._take(Answering(skip=True, asked=self.asked))

    def edit(self, key: str, text: str) -> Turn:
        return self._take(Answering(reply=Reply(text=text), edits=key))

    def back(self) -> Turn | None:
        shorter = back([Entry.from_json(line) for line in self.stored])
        if shorter is None:
            return None
        self.stored, self.kept = [entry.to_json() for entry in shorter], None
        return self._take(NOTHING)

    def _take(self, answering: Answering) -> Turn:
        journal = [Entry.from_json(line) for line in self.stored]
        play = (self.kept if not answering.edits else None) or Play(self.script(), journal)
        self.turn = play.turn(answering, perform=self._perform, match=_match)
        self.stored = [entry.to_json() for entry in self.turn.journal]
        self.kept = play if self.keeps and play.stands_at(self.stored) else None
        self.asked = self.turn.ask.key if self.turn.ask else None
        return self.turn

    def _perform(self, effect: Do) -> Any:
        self.done.append(effect.key)
        return effect.action(DESKS)


def _photo(ref: str, size: int = 10) -> FileRef:
    return FileRef(ref, "photo", "ảnh.jpg", size, "image/jpeg")


def test_a_conversation_reads_from_top_to_bottom() -> None:
    heard: Heard = []
    talk = Talk(survey(heard))
    assert talk.asked == "overall"
    turn = talk.press("1")
    assert [said.text for said in turn.says] == [Text("sorry")]
    assert talk.asked == "reason"
    talk.hear("Chờ lâu")
    assert talk.asked == "comment"
    assert talk.hear("Cảm ơn").says == ()
    talk.hear(file=_photo("a"))
    talk.hear(file=_photo("b"))
    talk.press("done")
    assert talk.press("yes").ask is None
    assert heard == [(1, "Chờ lâu", {"n": 1}, "Cảm ơn", ["a", "b"], True)]
    assert talk.done == ["save", "end"]


def test_a_refused_reply_changes_nothing_and_says_why() -> None:
    talk = Talk(survey([]))
    before = list(talk.stored)
    turn = talk.hear("bảy")
    assert turn.refused == Text("refused.choice")
    assert (talk.stored, talk.asked) == (before, "overall")
    talk.press("3")
    too_long = talk.hear("x" * 51)
    assert too_long.refused == Text("refused.too_long", {"longest": 50, "length": 51})
    assert talk.hear("\x00\ud800").refused == Text("refused.not_text")


def test_skip_answers_none_only_where_the_question_allows_it() -> None:
    heard: Heard = []
    talk = Talk(survey(heard))
    assert talk.skip().refused == Text("refused.no_skip")
    talk.press("2")
    talk.skip()
    talk.hear("ok")
    talk.press("done")
    talk.skip()
    assert heard == [(2, None, {"n": 2}, "ok", [], None)]


def test_back_drops_the_last_answer_but_never_what_was_done_for_good() -> None:
    talk = Talk(survey([]))
    talk.press("1")
    talk.back()
    assert talk.asked == "overall"
    talk.press("2")
    talk.hear("lâu")
    assert talk.asked == "comment"
    assert talk.back() is None
    assert talk.done == ["save"]


def test_an_edited_message_changes_the_answer_it_gave() -> None:
    heard: Heard = []
    talk = Talk(survey(heard))
    talk.press("4")
    talk.hear("sai chính tả", message_ref="77")
    journal = [Entry.from_json(line) for line in talk.stored]
    assert key_of_message(journal, "77") == "comment"
    assert key_of_message(journal, "78") is None
    talk.edit("comment", "đúng chính tả")
    assert talk.asked == "file.1"
    talk.press("done")
    talk.skip()
    assert heard[0][3] == "đúng chính tả"


def test_an_edit_that_is_no_answer_is_refused_and_the_old_one_stays() -> None:
    talk = Talk(survey([]))
    talk.press("4")
    talk.hear("được", message_ref="77")
    assert talk.edit("comment", "x" * 60).refused is not None
    assert ["comment", "được", "answer", "77"] in talk.stored


def older() -> Script[None]:
    yield from write("name", Text("q.name"), longest=50)
    yield from write("comment", Text("q.comment"), longest=50)
    yield from choose("overall", Text("q.overall"), (*SCALE, Option("6", Named({"vi": "6"}), value=6)))
    yield from write("where", Text("q.where"), longest=50)


def test_a_journal_of_older_code_keeps_every_answer_that_still_fits() -> None:
    heard: Heard = []
    talk = Talk(older)
    talk.hear("Bà Mẫu")
    talk.hear("Chờ quá lâu")
    talk.press("2")
    talk.script = survey(heard)
    turn = talk.hear("ở quầy số 3")
    assert turn.drifted
    assert talk.asked == "reason", "the first question of today's code without an answer"
    assert not talk.skip().drifted, "told once, not at every turn"
    assert talk.asked == "file.1", "the comment written for the older code stands"
    talk.press("done")
    talk.skip()
    assert heard == [(2, None, {"n": 2}, "Chờ quá lâu", [], None)]


def test_a_choice_that_is_no_longer_offered_is_asked_again() -> None:
    talk = Talk(older)
    talk.hear("Bà Mẫu")
    talk.hear("Chờ quá lâu")
    talk.press("6")
    talk.script = survey([])
    turn = talk.hear("ở quầy")
    assert (turn.drifted, talk.asked) == (True, "overall")


def test_a_reply_meant_for_a_question_that_is_gone_does_not_answer_another() -> None:
    talk = Talk(older)
    talk.script = survey([])
    turn = talk.hear("5")
    assert (turn.drifted, talk.asked) == (True, "overall")
    assert not [line for line in talk.stored if line[2] == EntryKind.ANSWER]


REPLIES = st.one_of(
    st.sampled_from(["1", "2", "3", "4", "5", "yes", "no", "done"]).map(lambda option: Reply(option=option)),
    st.text(max_size=60).map(lambda text: Reply(text=text)),
    st.integers(0, 2000).map(lambda size: Reply(file=_photo("f", size))),
    st.sampled_from(["skip", "back", "show"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(REPLIES, max_size=25))
def test_random_replies_never_crash_lose_an_answer_or_do_a_thing_twice(replies: list[Reply | str]) -> None:
    talk = Talk(survey([]))
    for reply in replies:
        if talk.turn.ask is None:
            break
        before = [line for line in talk.stored if line[2] == "answer"]
        if reply == "back":
            talk.back()
            continue
        if reply == "show":
            asked = talk.asked
            talk._take(NOTHING)  # noqa: SLF001 - a restart: only what is stored
            assert talk.asked == asked
        elif reply == "skip":
            talk.skip()
        elif isinstance(reply, Reply):
            talk._take(Answering(reply=reply, asked=talk.asked))  # noqa: SLF001 - the same door, a ready-made reply
        after = [line for line in talk.stored if line[2] == "answer"]
        assert after[: len(before)] == before
        assert len(after) == len(before) + (talk.turn.refused is None and reply != "show")
    assert len(talk.done) == len(set(talk.done))


STEPS = st.lists(st.one_of(REPLIES, st.tuples(st.just("edit"), st.text(max_size=60))), max_size=25)


def _do(talk: Talk, step: Reply | str | tuple[str, str]) -> None:
    if step == "back":
        talk.back()
    elif step == "skip":
        talk.skip()
    elif isinstance(step, tuple):
        talk.edit("comment", step[1])
    else:
        talk._take(Answering(reply=step, asked=talk.asked) if isinstance(step, Reply) else NOTHING)  # noqa: SLF001 - the same door, a ready-made reply


@settings(max_examples=50)
@given(STEPS)
def test_a_script_kept_where_it_stands_comes_to_the_same_as_one_played_anew(steps: list[Any]) -> None:
    heard: tuple[Heard, Heard] = ([], [])
    anew, kept = Talk(survey(heard[0])), Talk(survey(heard[1]), keeps=True)
    for step in steps:
        if anew.turn.ask is None:
            break
        _do(anew, step)
        _do(kept, step)
        ours, theirs = (
            (talk.stored, talk.asked, talk.done, talk.turn.says, talk.turn.refused, talk.turn.drifted, talk.turn.secret)
            for talk in (kept, anew)
        )
        assert ours == theirs
    assert heard[0] == heard[1]
