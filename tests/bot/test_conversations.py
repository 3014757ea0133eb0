"""What the engine does with stored conversations beside the golden ones: older code, edits, interruptions."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select, update

from bot.asking import choose
from bot.asking_content import write
from bot.effects import Next, Option, Script, Text, say
from bot.messages import IncomingKind
from bot.options import button_data, leafing, read_button
from bot.scenes import ScriptSpec
from bot.scripts import SCRIPTS
from storage.conversations import Conversation
from storage.tables.conversations import conversation
from storage.tables.ratings import answer, rating
from tests.bot.office import HEALTH, START, Office, words

Play = Callable[[object], Script[Next | None]]
YES_NO = [Option("yes", Text("petition.send"), value=True), Option("no", Text("petition.do_not_send"), value=False)]


def asking(*questions: str) -> ScriptSpec:
    """Make a script that asks for a text under each of these keys, then for a yes or no."""

    def play(_scene: object) -> Script[Next | None]:
        for key in questions:
            yield from write(key, Text("lookup.ask_add"), longest=500)
        yield from choose("sure", Text("lookup.ask_withdraw"), YES_NO)
        yield from say(Text("lookup.kept"))
        return None

    return ScriptSpec("help", play)


def becomes(office: Office, spec: ScriptSpec) -> None:
    """Go on with other code, as after an update."""
    office.scripts = {**SCRIPTS, "help": spec}
    office.rebuild()


async def answers(office: Office) -> Sequence[tuple[str, object, str]]:
    current = await office.open_conversation()
    assert current is not None
    return [(key, value, kind) for key, value, kind, _ in current.journal]


async def test_a_question_added_by_newer_code_is_asked_and_nothing_is_lost(office: Office) -> None:
    becomes(office, asking("what", "where"))
    await office.says("/trogiup")
    await office.says("Đèn đường hỏng")
    await office.says("Thôn Mẫu")

    becomes(office, asking("what", "when", "where"))
    told = await office.says("gửi")

    assert "vừa được cập nhật" in told
    assert ("where", "Thôn Mẫu", "spare") in await answers(office)
    await office.says("Hôm qua")
    assert [key for key, _, kind in await answers(office) if kind == "answer"] == ["what", "when", "where"]


async def test_a_question_dropped_by_newer_code_leaves_its_answer_as_spare(office: Office) -> None:
    becomes(office, asking("what", "where"))
    await office.says("/trogiup")
    await office.says("Đèn đường hỏng")

    becomes(office, asking("what"))
    told = await office.says("Thôn Mẫu")

    assert "vừa được cập nhật" in told
    assert await answers(office) == [("what", "Đèn đường hỏng", "answer"), ("where", "Thôn Mẫu", "spare")]


async def test_a_script_that_is_gone_ends_plainly_and_the_chat_goes_on(office: Office) -> None:
    becomes(office, asking("what"))
    office.scripts = {**office.scripts, "older": office.scripts["help"]}
    office.rebuild()
    await office.says("/trogiup")
    await office.database.write(lambda c: c.execute(update(conversation).values(script="oldest")))

    assert "vừa được cập nhật" in await office.says("Đèn đường hỏng")
    assert ("oldest", "failed") in await office.statuses()
    assert "Xin chào" in await office.says("xin chào")


@pytest.mark.parametrize("how", [IncomingKind.PRESS, IncomingKind.EDIT, IncomingKind.UNSUPPORTED])
async def test_a_script_that_is_gone_ends_however_it_is_touched(office: Office, how: IncomingKind) -> None:
    await office.opens(HEALTH)
    await office.database.write(lambda c: c.execute(update(conversation).values(script="oldest")))

    assert "vừa được cập nhật" in words(await office.takes(how, data="c1.1.5"))


async def test_an_edited_score_is_the_one_that_counts(office: Office) -> None:
    await office.opens(HEALTH)
    line = office.event(text="2")
    await office.intake.accept(line)
    await office.takes(IncomingKind.EDIT, text="5", message_ref=line.message_ref)

    assert await office.reads(lambda c: c.execute(select(answer.c.item, answer.c.score)).all()) == [("overall", 5)]
    current = await office.open_conversation()
    assert current is not None
    assert current.asked == "item.comment"


async def test_an_edit_takes_back_answers_that_hung_on_the_old_one(office: Office) -> None:
    await office.opens(HEALTH)
    line = office.event(text="2")
    await office.intake.accept(line)
    await office.says("1")
    told = words(await office.takes(IncomingKind.EDIT, text="4", message_ref=line.message_ref))

    assert "Đã sửa" in told
    assert "vừa được cập nhật" not in told
    assert await office.reads(lambda c: c.execute(select(answer.c.item, answer.c.score)).all()) == [("overall", 4)]


async def test_cancelling_closes_the_rating_and_keeps_the_score(office: Office) -> None:
    await office.opens(HEALTH)
    await office.says("2")
    await office.says("hủy")

    assert await office.reads(lambda c: c.scalar(select(rating.c.state))) == "abandoned"
    assert await office.reads(lambda c: c.scalar(select(answer.c.score))) == 2


async def test_a_rating_finished_elsewhere_refuses_politely(office: Office) -> None:
    """The same office, once chosen by name and once by its poster: one rating."""
    await office.says("đánh giá")
    await office.says("tram y te")
    await office.opens(HEALTH)
    for text in ("5", "bỏ qua"):
        await office.says(text)
    resumed = await office.says("không")
    assert "Ta tiếp tục" in resumed

    assert "đã kết thúc" in await office.says("4")
    assert await office.dead_letters() == []


async def test_many_interruptions_come_back_one_by_one(office: Office) -> None:
    await office.says("/phananh")
    await office.says("1")
    await office.opens(HEALTH)
    await office.says("2")
    await office.says("/tracuu")
    await office.says("PA-0000-0000-0000")

    assert "chưa hài lòng nhất" in await office.says("hủy")
    assert "liên quan đến cơ quan nào" in await office.says("hủy")
    assert "Ta tiếp tục" not in await office.says("hủy")


async def test_the_same_link_again_leaves_one_conversation(office: Office) -> None:
    for _ in range(3):
        await office.opens(HEALTH)
        await office.says("2")

    assert [status for _, status in await office.statuses()] == ["cancelled", "cancelled", "open"]


async def test_an_interrupted_conversation_is_not_taken_up_after_a_day(office: Office) -> None:
    await office.says("/phananh")
    await office.says("1")
    await office.says("/tracuu")
    office.passes(days=2)

    assert "Ta tiếp tục" not in await office.says("hủy")


async def test_the_language_holds_from_the_next_words_on(office: Office) -> None:
    await office.says("/ngonngu")

    assert "What would you like to do?" in await office.says("english")


async def test_a_press_in_somebody_elses_chat_changes_nothing(office: Office) -> None:
    await office.opens(HEALTH)
    data = await office.data_of("5 · Rất hài lòng")
    await office.opens(HEALTH, who="2")

    assert "câu hỏi cũ" in words(await office.takes(IncomingKind.PRESS, who="2", data=data))
    assert await office.reads(lambda c: c.execute(select(answer)).all()) == []


async def test_leafing_on_shows_the_question_again_and_answers_nothing(office: Office) -> None:
    await office.says("/phananh")
    before = await office.open_conversation()
    assert before is not None
    data = leafing(button_data(before.id, before.step, "site"), 1)
    [told] = await office.takes(IncomingKind.PRESS, data=data)

    assert told.body["text"].startswith("Các nút khác của câu này:\n\nÔng/Bà muốn gửi về việc gì?")
    assert (told.body["page"], len(told.body["buttons"])) == (1, 7)
    after = await office.open_conversation()
    assert after is not None
    assert (after.journal, after.step, after.asked) == (before.journal, before.step, before.asked)
    await office.says("1")
    assert "câu hỏi cũ" in words(await office.takes(IncomingKind.PRESS, data=data))


@pytest.mark.parametrize("data", ["", "c", "c1", "c1.2", "c..", "c-1.-1.5", "c1.1.\ud800", "cé.1.1", "c" + "z" * 90])
def test_forged_button_data_names_no_conversation(data: str) -> None:
    number, step, option = read_button(data)

    assert (number, step, option) == (-1, -1, "") or number != 1 or step != 1 or option != "5"


def test_button_data_is_read_back_within_64_bytes() -> None:
    largest = Conversation(2**63, 1, "rating", {}, [], None, 2**31, START)
    data = button_data(largest.id, largest.step, "xa-mau.van-hoa-xa-hoi.abcdefgh")

    assert len(data.encode()) <= 64
    assert read_button(data) == (2**63, 2**31, "xa-mau.van-hoa-xa-hoi.abcdefgh")
