"""Conversations that were open when answers learned to have files: they go on as if nothing had changed."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, insert, select, update

from bot.messages import FileRef
from offices.staff import Role
from petitions.kinds import Subject
from petitions.lifecycle import Status
from petitions.model import File, Submission
from storage import answer_files, chats, staff
from storage.desks import petition_desk
from storage.petitions import Petitions
from storage.reference import load
from storage.tables.conversations import conversation
from storage.tables.staff import staff_chat
from tests.bot.office import Office

UNIT = "xa-mau.kinh-te"


async def begins(office: Office, role: Role, until: Status, files: Sequence[File] = ()) -> str:
    """Have a citizen ("2") send a petition, and link the chat "1" with an official; return the petition's code."""
    for who in ("1", "2"):
        await office.says("xin chào", who=who)

    def job(connection: Connection) -> str:
        linked, other = (
            staff.add(
                connection, login=login, name="Cán bộ mẫu", unit=UNIT, roles=[each], password_hash="-", now=office.at,
                actor="system",
            )
            for login, each in (("canbo1", role), ("canbo2", Role.OFFICER))
        )  # fmt: skip
        chat, sender = (chats.find(connection, "terminal", "local", who) for who in ("1", "2"))
        assert chat is not None
        assert sender is not None
        connection.execute(insert(staff_chat).values(chat_id=chat.id, staff_id=linked.id, linked_at=office.at))
        desk = petition_desk(connection, load(connection), office.at)
        sent = Submission(sender.person_id, sender.id, Subject.SITE, "Đèn đường thôn Mẫu hỏng.", field="construction")
        code = desk.submit(sent).code
        if until is not Status.FORWARDED:
            desk.draft_answer(code, other, "Đã sửa.", files)
        if until is Status.ANSWERED:
            desk.approve(code, linked)
        return code

    return await office.database.write(job)


async def as_before(office: Office, newer: Collection[str] = ("files", "coming")) -> None:
    """Take out of the open journals what older code did not write there."""

    def job(connection: Connection) -> None:
        for row in connection.execute(select(conversation.c.id, conversation.c.journal)).all():
            journal = [[key, _without(value, newer), *rest] for key, value, *rest in row.journal]
            connection.execute(update(conversation).where(conversation.c.id == row.id).values(journal=journal))

    await office.database.write(job)
    office.rebuild()


def _without(value: object, newer: Collection[str]) -> object:
    if isinstance(value, dict):
        return {name: _without(each, newer) for name, each in value.items() if name not in newer}
    return value


async def status(office: Office, code: str) -> Status:
    def read(connection: Connection) -> Status:
        petition = Petitions(connection).find(code)
        assert petition is not None
        return petition.status

    return await office.reads(read)


async def test_an_answer_that_is_being_written_is_drafted(office: Office) -> None:
    code = await begins(office, Role.OFFICER, Status.FORWARDED)
    await office.says("/viec")
    await office.says("1")
    await office.presses("Soạn trả lời")
    await as_before(office)
    assert "tệp kèm câu trả lời" in await office.says("Bóng đèn đã được thay.")
    await office.says("xong")
    assert await status(office, code) is Status.DRAFTED
    assert await office.dead_letters() == []


async def test_a_draft_that_is_being_approved_goes_out(office: Office) -> None:
    code = await begins(office, Role.LEADER, Status.DRAFTED)
    await office.says("/viec")
    await office.says("1")
    await office.presses("Duyệt")
    await as_before(office)
    await office.presses("Duyệt")
    assert await status(office, code) is Status.ANSWERED
    assert await office.dead_letters() == []


async def test_a_citizen_who_looks_his_petition_up_rates_the_answer(office: Office) -> None:
    code = await begins(office, Role.LEADER, Status.ANSWERED)
    await office.says(f"/tracuu {code}", who="2")
    open_one = await office.open_conversation("2")
    assert open_one is not None
    assert open_one.asked == "step", "as older code called the question"
    await as_before(office)
    assert "hài lòng" in await office.presses("Đánh giá", who="2")
    assert await office.dead_letters() == []


async def test_a_leader_is_not_shown_half_a_draft(office: Office) -> None:
    code = await begins(office, Role.LEADER, Status.DRAFTED)

    def job(connection: Connection) -> None:
        petition = Petitions(connection).find(code)
        chat = chats.find(connection, "terminal", "local", "1")
        assert petition is not None
        assert chat is not None
        far = FileRef("far-1", "photo", "anh.jpg", 1000, "image/jpeg")
        answer_files.fetch_later(connection, chat, petition, [far], office.at)

    await office.database.write(job)
    await office.says("/viec")
    await office.says("1")
    told = await office.presses("Duyệt")
    assert "đang được tải về" in told
    assert "xác nhận" not in told
    assert await status(office, code) is Status.DRAFTED
