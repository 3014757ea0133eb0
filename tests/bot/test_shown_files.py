"""Who is shown the files of an answer in chat, and when."""

from offices.staff import Role
from petitions.lifecycle import Status
from petitions.model import File
from tests.bot.office import Office
from tests.bot.test_older_cases import begins

LETTER = File(f"{'ab' * 16}.pdf", "application/pdf", 10)


async def files_of(office: Office, who: str) -> list[str]:
    """List the files that lie in somebody's chat."""
    return [line.body["file"]["ref"] for line in await office.lines(who) if "file" in line.body]


async def test_a_draft_and_its_files_are_nothing_that_the_citizen_sees(office: Office) -> None:
    code = await begins(office, Role.LEADER, Status.DRAFTED, [LETTER])
    told = await office.says(f"/tracuu {code}", who="2")
    assert "tệp" not in told
    await office.says("xem tệp", who="2")
    assert await files_of(office, "2") == []


async def test_the_files_of_an_answer_are_for_who_asked_and_for_no_other_who_has_the_code(office: Office) -> None:
    code = await begins(office, Role.LEADER, Status.ANSWERED, [LETTER])
    assert "kèm 1 tệp" in await office.says(f"/tracuu {code}", who="2")
    await office.says("xem tệp", who="2")
    assert await files_of(office, "2") == [LETTER.ref]
    told = await office.says(f"/tracuu {code}", who="3")
    assert "Đã trả lời" in told
    assert "tệp" not in told
    await office.says("xem tệp", who="3")
    assert await files_of(office, "3") == []


async def test_who_writes_a_draft_anew_in_chat_is_told_that_its_files_stay_behind(office: Office) -> None:
    await begins(office, Role.OFFICER, Status.DRAFTED, [LETTER])
    await office.says("/viec")
    await office.says("1")
    await office.presses("Soạn trả lời")
    assert "Dự thảo trước kèm 1 tệp" in await office.says("Bóng đèn đã được thay.")
