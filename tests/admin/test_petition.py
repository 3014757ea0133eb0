import json
import re

import pytest
from sqlalchemy import Connection, select

from petitions.kinds import Subject
from petitions.model import IdentityChoice
from storage import petition_files, schedule
from storage.tables.audit import audit
from storage.tables.delivery import outbox
from tests.admin.office import PASSWORD, Office, submit

SECRET = "Người gửi mẫu 01"


def buttons(page: str, code: str) -> set[str]:
    return set(re.findall(rf'action="/admin/petitions/{code}/([a-z_]+)"', page))


def version_on(page: str) -> dict[str, str]:
    """Read the hidden field that says which version of the petition a page shows."""
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return {"version": found[1]}


async def test_an_officer_and_a_leader_bring_a_petition_to_its_answer(office: Office) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún, xe không qua được.")).code
    address = f"/admin/petitions/{code}"
    officer, leader = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("lanhdao")
    page = await officer.get(address)
    assert "sụt lún" in page
    assert {"accept", "transfer", "ask", "draft", "reject", "send_back", "redirect"} <= buttons(page, code)
    assert "approve" not in buttons(page, code)
    await officer.post(f"{address}/accept")
    assert officer.location == f"{address}?done=step_accept"
    await officer.get(officer.location)
    await officer.post(f"{address}/draft", {"text": "Xã sẽ sửa đường trong tuần này."})
    assert "Chờ duyệt trả lời" in await officer.get(officer.location)
    page = await leader.get(address)
    assert {"approve", "return_draft"} <= buttons(page, code)
    await leader.post(f"{address}/approve", version_on(page))
    page = await leader.get(leader.location)
    assert "Trả lời đã gửi" in page
    assert "Xã sẽ sửa đường" in page
    await leader.post(f"{address}/resolve", {"result": "Đã đổ lại bê tông", "evidence": "Biên bản số 5"})
    assert "Đã giải quyết" in await leader.get(leader.location)


async def test_a_petition_of_another_unit_and_one_that_is_not_there_look_the_same(office: Office) -> None:
    code = (await submit(office, "Cột đèn ngõ 3 bị nghiêng.")).code
    stranger = await office.visitor().signs_in("vanhoa")
    pages = []
    for one in (code, "PA-0000-0000-0000", "khong-co"):
        page = await stranger.get(f"/admin/petitions/{one}")
        assert stranger.status == 404
        pages.append(re.sub(r"<code>[0-9a-f]{8}</code>|petitions/[\w-]+|petitions%2F[\w-]+", "", page))
        await stranger.post(f"/admin/petitions/{one}/accept")
        assert stranger.status == 404
    assert pages[0] == pages[1] == pages[2]


async def test_nothing_on_the_page_says_who_sent_it(office: Office) -> None:
    receipt = await submit(office, "Rác ở chợ không được dọn.", identity=IdentityChoice.SHOWN_TO_COORDINATOR)
    for login in ("canbo", "lanhdao", "thuongtruc"):
        visitor = await office.visitor().signs_in(login)
        for path in (f"/admin/petitions/{receipt.code}", "/admin/petitions"):
            assert SECRET not in await visitor.get(path)


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong(office: Office) -> None:
    code = (await submit(office, "Mặt đường nhiều ổ gà.")).code
    officer = await office.visitor().signs_in("canbo")
    await officer.get(f"/admin/petitions/{code}")
    page = await officer.post(
        f"/admin/petitions/{code}/transfer", {"unit": "xa-mau.kinh-te", "text": "Không phải <việc> ta"}
    )
    assert officer.status == 422
    assert "Phản ánh đang ở Phòng Kinh tế" in page
    assert "Không phải &lt;việc&gt; ta" in page
    assert "<details open>" in page


async def test_a_step_that_no_longer_fits_is_a_conflict_and_loses_no_text(office: Office) -> None:
    code = (await submit(office, "Cống thoát nước bị tắc.")).code
    officer, leader = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("lanhdao")
    await officer.get(f"/admin/petitions/{code}")
    await leader.get(f"/admin/petitions/{code}")
    await leader.post(f"/admin/petitions/{code}/reject", {"reason": "duplicate", "text": "Trùng với phản ánh khác"})
    assert leader.status == 303
    text = "Một câu trả lời dài đã được soạn rất công phu trước đó"
    page = await officer.post(f"/admin/petitions/{code}/draft", {"text": text})
    assert officer.status == 409
    assert text in page
    assert "Từ chối tiếp nhận" in page


async def test_a_draft_that_was_written_anew_is_not_approved_unread(office: Office) -> None:
    code = (await submit(office, "Mương tưới thôn 4 bị sạt lở.")).code
    address = f"/admin/petitions/{code}"
    officer, leader = await office.visitor().signs_in("canbo"), await office.visitor().signs_in("lanhdao")
    await officer.get(address)
    await officer.post(f"{address}/draft", {"text": "Xã sẽ sửa mương trong tuần này."})
    shown = version_on(await leader.get(address))
    await officer.get(address)
    await officer.post(f"{address}/draft", {"text": "Việc này không có gì phải sửa."})
    for fields in (shown, {}, {"version": "x"}, {"version": "²"}):
        page = await leader.post(f"{address}/approve", fields)
        assert leader.status == 409
        assert "vừa được người khác cập nhật" in page
    page = await leader.get(address)
    assert "Việc này không có gì phải sửa." in page
    await leader.post(f"{address}/approve", version_on(page))
    assert "Trả lời đã gửi" in await leader.get(leader.location)


async def test_words_of_conduct_wait_for_the_coordinator_who_reads_why_and_sorts_them(office: Office) -> None:
    code = (await submit(office, "Cán bộ quát mắng dân khi đến hỏi.", about="xa-mau.kinh-te")).code
    address = f"/admin/petitions/{code}"
    coordinator, officer = await office.visitor().signs_in("thuongtruc"), await office.visitor().signs_in("canbo")
    await officer.get(address)
    assert officer.status == 404
    page = await coordinator.get(address)
    assert "không chuyển thẳng tới đơn vị được phản ánh" in page
    assert "triage" in buttons(page, code)
    await coordinator.post(f"{address}/triage", {"subject": "conduct", "about": "xa-mau.kinh-te", "pace": "normal"})
    await officer.get(address)
    assert officer.status == 404


async def test_who_transfers_a_petition_away_is_led_back_to_the_queue(office: Office) -> None:
    code = (await submit(office, "Trường học thiếu nước sạch.")).code
    officer = await office.visitor().signs_in("canbo")
    await officer.get(f"/admin/petitions/{code}")
    fields = {"unit": "xa-mau.van-hoa-xa-hoi", "text": "Thuộc lĩnh vực giáo dục"}
    await officer.post(f"/admin/petitions/{code}/transfer", fields)
    assert officer.location == "/admin/petitions?done=step_transfer"
    other = await office.visitor().signs_in("vanhoa")
    assert "Thuộc lĩnh vực giáo dục" in await other.get(f"/admin/petitions/{code}")


async def test_after_a_transfer_the_reason_is_told_of_the_unit_that_it_is_about(office: Office) -> None:
    code = (await submit(office, "Đường bê tông thôn 2 bị sụt lún.")).code
    coordinator = await office.visitor().signs_in("thuongtruc")
    address = f"/admin/petitions/{code}"
    assert "Vì sao giao cho đơn vị này" in await coordinator.get(address)
    await coordinator.post(f"{address}/transfer", {"unit": "xa-mau.van-hoa-xa-hoi", "text": "Thuộc văn hóa"})
    page = await coordinator.get(address)
    assert "Vì sao giao cho đơn vị này" not in page
    assert "Vì sao lúc đầu giao cho Phòng Kinh tế" in page


async def test_an_identity_is_shown_to_two_coordinators_with_a_reason_a_trace_and_a_word_to_the_sender(
    office: Office,
) -> None:
    receipt = await submit(office, "Đất lấn chiếm ven kênh.", identity=IdentityChoice.SHOWN_TO_COORDINATOR)
    address = f"/admin/petitions/{receipt.code}"
    coordinator = await office.visitor().signs_in("thuongtruc")
    await coordinator.get(address)
    asked = {"reason": "Cần gặp để xác minh", "second": "thuongtruc2", "password_second": PASSWORD}
    for wrong, words in (
        ({"password_second": "sai"}, "không đúng"),
        ({"second": "thuongtruc"}, "phải là người khác"),
        ({"second": "lanhdao"}, "không có quyền"),
        ({"reason": " "}, "Xin ghi lý do"),
    ):
        page = await coordinator.post(f"{address}/identity", {**asked, **wrong})
        assert coordinator.status == 422
        assert words in page
        assert SECRET not in page
        kept = {**asked, **wrong}
        assert f'value="{kept["second"]}"' in page
        assert f">{kept['reason'].strip()}</textarea>" in page
        assert 'type="password" value=""' in page
    assert SECRET in await coordinator.post(f"{address}/identity", asked)
    assert SECRET not in await coordinator.get(address)
    entry = await office.database.read(
        lambda connection: connection.execute(select(audit).where(audit.c.action == "identity.reveal")).one()
    )
    assert "Cần gặp để xác minh" in json.loads(entry.details)["reason"]
    assert SECRET not in entry.details
    letters = await office.database.read(
        lambda connection: [str(body) for body in connection.scalars(select(outbox.c.body))]
    )
    assert any("petition_identity_shown" in letter for letter in letters)


async def test_an_identity_that_was_to_stay_hidden_is_shown_to_nobody(office: Office) -> None:
    receipt = await submit(office, "Xe chở cát làm rơi vãi.", identity=IdentityChoice.HIDDEN)
    coordinator = await office.visitor().signs_in("thuongtruc")
    page = await coordinator.get(f"/admin/petitions/{receipt.code}")
    assert "identity" not in buttons(page, receipt.code)
    asked = {"reason": "Cần", "second": "thuongtruc2", "password_second": PASSWORD}
    page = await coordinator.post(f"/admin/petitions/{receipt.code}/identity", asked)
    assert coordinator.status == 404
    assert SECRET not in page


async def test_a_case_about_a_unit_is_kept_from_that_unit_in_queue_page_and_count(office: Office) -> None:
    receipt = await submit(
        office, "Cán bộ phòng kinh tế trả lời gắt gỏng.", subject=Subject.CONDUCT, about="xa-mau.kinh-te"
    )
    leader = await office.visitor().signs_in("lanhdao")
    queue = await leader.get("/admin/petitions?status=all")
    assert receipt.code not in queue
    assert "0 phản ánh" in queue
    await leader.get(f"/admin/petitions/{receipt.code}")
    assert leader.status == 404
    coordinator = await office.visitor().signs_in("thuongtruc")
    assert receipt.code in await coordinator.get("/admin/petitions")


@pytest.mark.parametrize("event", ["submit", "remind", "supply", "withdraw", "rate_answer", "nonsense"])
async def test_steps_that_are_not_for_officials_have_no_address(office: Office, event: str) -> None:
    code = (await submit(office, "Đèn đường không sáng.")).code
    officer = await office.visitor().signs_in("canbo")
    await officer.get(f"/admin/petitions/{code}")
    await officer.post(f"/admin/petitions/{code}/{event}", {"text": "x"})
    assert officer.status == 404


async def test_a_file_that_could_not_be_fetched_leaves_a_trace(office: Office) -> None:
    code = (await submit(office, "Cống thoát nước bị tắc.")).code
    officer = await office.visitor().signs_in("canbo")
    assert "không tải được" not in await officer.get(f"/admin/petitions/{code}")

    def lose(connection: Connection) -> None:
        now, kind = office.watch.now, petition_files.FETCH
        schedule.plan(connection, unique_key=f"file:{code}:1:1", due_at=now, kind=kind, payload={"code": code})
        work = schedule.due_now(connection, now, kinds=(kind,))
        assert [schedule.give_up(connection, each, "gone") for each in work] == [True]

    await office.database.write(lose)
    assert "Tệp không tải được: 1" in await officer.get(f"/admin/petitions/{code}")
