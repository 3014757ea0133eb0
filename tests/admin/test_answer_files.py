"""Files that officials attach to an answer: uploaded with the draft, seen before approval, never lost by a refusal."""

import html
import re
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from offices.staff import Role
from petitions.answering import MOST_FILES
from petitions.rights import Citizen
from storage import staff
from storage.desks import petition_desk
from storage.reference import load
from storage.tables.delivery import outbox
from storage.tables.kept_files import kept_file
from storage.tables.petitions import answer_file, petition, petition_reporter
from tests.admin.office import Office, Visitor, submit
from tests.storage.documents import pdf
from tests.storage.pictures import jpeg, png

TEXT = {"text": "Bóng đèn đã được thay."}


def kept_on(page: str) -> list[str]:
    """List the files that are ticked on a page."""
    return re.findall(r'name="kept" value="([^"]+)" checked', page)


def stored(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("??/*")}


def hidden_on(page: str, code: str, event: str) -> dict[str, str]:
    """Read the hidden fields of a step's form."""
    form = re.search(rf'action="/admin/petitions/{code}/{event}".*?</form>', page, re.DOTALL)
    assert form is not None
    return dict(re.findall(r'type="hidden" name="(version|files)" value="(\d+)"', form[0]))


async def begins(office: Office, text: str = "Đèn đường thôn Mẫu hỏng.") -> tuple[str, str, Visitor]:
    """Have an officer at a petition's page; return its code and address, too."""
    code = (await submit(office, text)).code
    address = f"/admin/petitions/{code}"
    officer = await office.visitor().signs_in("canbo")
    await officer.get(address)
    return code, address, officer


async def refs_of(office: Office) -> list[str]:
    query = select(answer_file.c.ref).order_by(answer_file.c.step, answer_file.c.place)
    return await office.database.read(lambda connection: list(connection.scalars(query)))


async def uploaded(office: Office) -> int:
    """Count the files that no step has taken."""
    return await office.database.read(lambda connection: len(connection.execute(select(kept_file)).all()))


async def test_files_go_with_the_draft_are_seen_by_who_approves_and_sent(office: Office) -> None:
    code, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("ảnh sau khi sửa.jpg", jpeg()), ("van-ban.pdf", pdf()))
    assert officer.location == f"{address}?done=step_draft"
    picture, document = refs = await refs_of(office)
    assert (picture[-4:], document[-4:]) == (".jpg", ".pdf")
    assert await uploaded(office) == 0
    leader = await office.visitor().signs_in("lanhdao")
    page = await leader.get(address)
    for ref in refs:
        assert f'href="{address}/files/{ref}"' in page
        await leader.get(f"{address}/files/{ref}")
        assert leader.status == 200
    assert leader.headers["Content-Disposition"] == f'attachment; filename="{code}-tra-loi-2.pdf"'
    page = await leader.get(address)
    await leader.post(f"{address}/approve", hidden_on(page, code, "approve"))
    assert leader.status == 303
    bodies = await office.database.read(lambda c: list(c.scalars(select(outbox.c.body).order_by(outbox.c.id))))
    told = [body for body in bodies if body.get("notice", "").startswith("petition_answer")]
    assert [body["notice"] for body in told] == ["petition_answered_with_files", *["petition_answer_file"] * 2]
    assert [body["file"]["ref"] for body in told[1:]] == refs
    assert f'href="{address}/files/{document}"' in await leader.get(address), "with the answer that was sent"


async def test_a_draft_written_anew_keeps_the_files_that_stay_ticked(office: Office) -> None:
    code, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("a.png", png()), ("b.pdf", pdf()))
    first, second = await refs_of(office)
    page = await officer.get(address)
    assert kept_on(page) == [first, second]
    await officer.uploads(f"{address}/draft", {**TEXT, "kept": [second]}, ("c.jpg", jpeg()))
    assert officer.status == 303
    assert (await refs_of(office))[2:4] == [second, (await refs_of(office))[3]]
    page = await officer.get(address)
    assert kept_on(page) == (await refs_of(office))[2:]
    draft, history = page.split('id="draft"')[1].split('id="history"')
    assert first not in draft, "what is not sent is not shown as if it were"
    assert f'href="{address}/files/{first}"' in history
    await officer.get(f"{address}/files/{first}")
    assert officer.headers["Content-Disposition"] == f'attachment; filename="{code}-du-thao-3-1.png"'


async def test_who_looks_again_reads_the_files_of_the_first_answer(office: Office) -> None:
    code, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("van-ban.pdf", pdf()))
    [ref] = await refs_of(office)
    leader = await office.visitor().signs_in("lanhdao")
    await leader.post(f"{address}/approve", hidden_on(await leader.get(address), code, "approve"))

    def asks_again(connection: Connection) -> None:
        staff.add(
            connection, login="lanhdao2", name="Cán bộ mẫu", unit="xa-mau.van-phong", roles=[Role.LEADER],
            password_hash="-", now=office.watch.now, actor="system",
        )  # fmt: skip
        query = select(petition_reporter.c.person_id).join(petition).where(petition.c.code == code)
        reference = load(connection)
        desk = petition_desk(connection, reference, office.watch.now)
        desk.second_look(code, Citizen(connection.execute(query).scalar_one()), "Đèn vẫn chưa sáng.")

    await office.database.write(asks_again)
    coordinator = await office.visitor().signs_in("thuongtruc")
    page = await coordinator.get(address)
    assert f'href="{address}/files/{ref}"' in page.split('id="history"')[1]
    assert kept_on(page) == [], "they are not taken over into the next answer"
    await coordinator.get(f"{address}/files/{ref}")
    assert coordinator.status == 200


async def test_a_refused_file_costs_neither_the_text_nor_the_other_files(office: Office) -> None:
    _, address, officer = await begins(office)
    page = await officer.uploads(
        f"{address}/draft", TEXT, ("tot.pdf", pdf()), ("chuong-trinh.exe", b"MZ\x90\x00 not a document")
    )
    assert officer.status == 422
    assert "Tệp “chuong-trinh.exe” không nhận được: chỉ nhận ảnh" in html.unescape(page)
    assert TEXT["text"] in page
    [kept] = kept_on(page)
    assert await refs_of(office) == []
    await officer.uploads(f"{address}/draft", {**TEXT, "kept": [kept]})
    assert officer.status == 303
    assert await refs_of(office) == [kept]
    assert await uploaded(office) == 0


async def test_files_after_a_refused_one_are_kept_and_all_refused_ones_named(office: Office) -> None:
    _, address, officer = await begins(office)
    page = await officer.uploads(
        f"{address}/draft", TEXT, ("mot.exe", b"MZ\x90\x00"), ("tot.pdf", pdf()), ("hai.exe", b"MZ\x90\x00")
    )
    assert officer.status == 422
    said = html.unescape(page)
    assert "Tệp “mot.exe” không nhận được: chỉ nhận ảnh" in said
    assert "Tệp “hai.exe” không nhận được: chỉ nhận ảnh" in said
    assert "Nội dung và các tệp khác vẫn còn dưới đây." in said
    assert len(kept_on(page)) == 1


async def test_where_no_file_was_taken_none_is_said_to_be_below(office: Office) -> None:
    _, address, officer = await begins(office)
    page = await officer.uploads(f"{address}/draft", TEXT, ("mot.exe", b"MZ\x90\x00"))
    said = html.unescape(page)
    assert "Nội dung vẫn còn dưới đây." in said
    assert "các tệp khác" not in said


async def test_a_refused_step_costs_no_file_either(office: Office) -> None:
    _, address, officer = await begins(office)
    page = await officer.uploads(f"{address}/draft", {"text": " "}, ("a.pdf", pdf()))
    assert officer.status == 422
    assert "Xin nhập nội dung" in page
    assert len(kept_on(page)) == 1


async def test_more_files_than_may_be_are_refused_and_the_first_ones_kept(office: Office) -> None:
    _, address, officer = await begins(office)
    files = [(f"{number}.pdf", pdf()) for number in range(MOST_FILES + 1)]
    page = await officer.uploads(f"{address}/draft", TEXT, *files)
    assert officer.status == 422
    assert f"nhiều nhất {MOST_FILES} tệp" in page
    kept = kept_on(page)
    assert len(kept) == MOST_FILES
    page = await officer.uploads(f"{address}/draft", {**TEXT, "kept": kept}, ("more.pdf", pdf()))
    assert officer.status == 422
    assert "kèm được nhiều nhất 5 tệp" in page
    assert len(kept_on(page)) == MOST_FILES + 1, "to choose from"


@pytest.mark.parametrize("guess", ["", "ab" * 16 + ".pdf", "../x.pdf"])
async def test_a_name_in_the_store_that_somebody_knows_from_elsewhere_attaches_nothing(
    office: Office, guess: str
) -> None:
    _, address, officer = await begins(office)
    page = await officer.uploads(f"{address}/draft", {"text": ""}, ("a.pdf", pdf()))
    [mine] = kept_on(page)
    leader = await office.visitor().signs_in("lanhdao")
    await leader.get(address)
    page = await leader.post(f"{address}/draft", {**TEXT, "kept": [guess or mine]})
    assert leader.status == 422
    assert kept_on(page) == []
    assert await refs_of(office) == []


async def test_a_ticked_file_that_somebody_left_out_meanwhile_is_told_of(office: Office) -> None:
    _, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("a.png", png()), ("b.pdf", pdf()))
    [left_out, stays] = kept_on(await officer.get(address))
    leader = await office.visitor().signs_in("lanhdao")
    await leader.get(address)
    await leader.post(f"{address}/draft", {"text": "Viết lại, bớt ảnh.", "kept": [stays]})
    page = await officer.post(f"{address}/draft", {**TEXT, "kept": [left_out, stays]})
    assert officer.status == 422
    assert "không còn trong dự thảo" in page
    assert TEXT["text"] in page
    assert kept_on(page) == [stays]
    await officer.post(f"{address}/draft", {**TEXT, "kept": [stays, stays]})
    assert officer.status == 303
    assert (await refs_of(office))[2:] == [stays, stays], "once in each of the two later drafts"


@pytest.mark.parametrize("token", ["", "0" * 64])
async def test_without_the_forms_own_token_nothing_is_kept(office: Office, token: str) -> None:
    _, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("a.pdf", pdf()), token=token)
    assert officer.status == 403
    assert stored(office.folder) == set()
    assert await refs_of(office) == []


async def test_a_leader_who_was_shown_fewer_files_looks_again(office: Office) -> None:
    code, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("a.pdf", pdf()))
    leader = await office.visitor().signs_in("lanhdao")
    shown = hidden_on(await leader.get(address), code, "approve")
    assert shown["files"] == "1"
    await leader.post(f"{address}/approve", {**shown, "files": "0"})
    assert leader.status == 409
    await leader.post(f"{address}/approve", shown)
    assert leader.status == 303


async def test_a_signed_document_is_kept_as_it_is(office: Office) -> None:
    _, address, officer = await begins(office)
    signed = pdf({6: b"<< /Type /Sig /ByteRange [0 1 2 3] /Name (x) >>"})
    await officer.uploads(f"{address}/draft", TEXT, ("da-ky.pdf", signed))
    assert officer.status == 303
    [ref] = await refs_of(office)
    assert (office.folder / ref[:2] / ref).read_bytes() == signed


async def test_an_official_of_another_unit_neither_gets_nor_gives_a_file(office: Office) -> None:
    _, address, officer = await begins(office)
    await officer.uploads(f"{address}/draft", TEXT, ("a.pdf", pdf()))
    [ref] = await refs_of(office)
    other = await office.visitor().signs_in("vanhoa")
    await other.get(f"{address}/files/{ref}")
    assert other.status == 404
    await other.uploads(f"{address}/draft", TEXT, ("b.pdf", pdf()))
    assert other.status == 404
    assert await refs_of(office) == [ref]
    assert await uploaded(office) == 0
