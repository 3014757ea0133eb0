"""Forms with files as no browser sends them: refused in words, with what was typed, and without a trace in the log."""

import asyncio
import logging
from datetime import timedelta
from io import BytesIO
from urllib.parse import urlencode, urlsplit

import pytest

from tests.admin.office import Office, Visitor
from tests.admin.test_answer_files import begins, kept_on, refs_of, stored, uploaded
from tests.storage.documents import pdf

TYPED = "Bóng đèn đã được thay ngày 20/11, xin Ông/Bà kiểm tra lại và cho biết ý kiến."
MULTIPART = "multipart/form-data; boundary=b"
END = b"--b--\r\n"


def part(name: str, value: bytes, more: bytes = b"") -> bytes:
    head = b'--b\r\nContent-Disposition: form-data; name="%b"%b\r\n\r\n' % (name.encode(), more)
    return head + value + b"\r\n"


def typed_by(visitor: Visitor) -> bytes:
    """Begin a form as our page does: its token, then the text."""
    return part("form_token", visitor.token.encode()) + part("text", TYPED.encode())


def a_file(name: bytes = b"a.pdf", content: bytes = b"") -> bytes:
    return part("file", content or pdf(), b'; filename="%b"' % name)


async def sends(visitor: Visitor, path: str, body: bytes, kind: str = MULTIPART) -> str:
    url = visitor.address + path
    headers = {"Content-Type": kind, "Content-Length": str(len(body))}
    async with visitor.session.post(url, data=BytesIO(body), headers=headers, allow_redirects=False) as response:
        return await visitor._seen(response)  # noqa: SLF001 - what it posts, only not as a browser would


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        a_file()[:-40],
        a_file(b"a" * 100_000) + END,
        b"--b\r\nno head at all\r\n\r\nx\r\n" + END,
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n" + END,
        part("x", b"y") * 1000 + END,
        part("x", b"y" * 1_100_000) + END,
    ],
    ids=["no end", "cut file", "huge head", "no head", "nested", "many parts", "large field"],
)
async def test_a_broken_form_is_told_and_what_was_typed_comes_back(
    office: Office, rest: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    _, address, officer = await begins(office)
    page = await sends(officer, f"{address}/draft", typed_by(officer) + rest)
    assert officer.status == 422
    assert TYPED in page
    assert await refs_of(office) == []
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_files_that_came_before_a_form_broke_are_there_to_go_with_the_next_one(office: Office) -> None:
    _, address, officer = await begins(office)
    page = await sends(officer, f"{address}/draft", typed_by(officer) + a_file() + b"--b\r\nnonsense\r\n\r\n")
    assert officer.status == 422
    assert "Dữ liệu gửi lên không đọc được" in page
    [kept] = kept_on(page)
    await officer.uploads(f"{address}/draft", {"text": TYPED, "kept": [kept]})
    assert await refs_of(office) == [kept]


async def test_a_file_field_in_which_nothing_was_chosen_is_no_file(office: Office) -> None:
    _, address, officer = await begins(office)
    await sends(officer, f"{address}/draft", typed_by(officer) + part("file", b"", b'; filename=""') + END)
    assert officer.status == 303
    assert stored(office.folder) == set()


@pytest.mark.parametrize("name", [b"../../x.exe", b"a\\..\\b.exe", b'x\\"y<b>.exe', "tệp.exe".encode()])
async def test_what_stands_behind_a_refused_file_of_any_name_is_read_all_the_same(office: Office, name: bytes) -> None:
    _, address, officer = await begins(office)
    token = part("form_token", officer.token.encode())
    page = await sends(
        officer, f"{address}/draft", token + a_file(name, b"MZ a program") + part("text", TYPED.encode()) + END
    )
    assert officer.status == 422
    assert TYPED in page
    assert "<b>" not in page.split("<h1", 1)[1].split(".exe", 1)[0]


async def test_no_other_step_keeps_files(office: Office) -> None:
    _, address, officer = await begins(office)
    await officer.uploads(f"{address}/accept", {}, ("a.pdf", pdf()))
    assert officer.status == 303
    assert stored(office.folder) == set()
    assert await uploaded(office) == 0


async def test_a_line_that_breaks_off_leaves_nothing_behind_and_is_no_fault_of_ours(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    _, address, officer = await begins(office)
    body = typed_by(officer) + a_file(content=pdf() + b"\n" * 1_000_000)
    cookies = "; ".join(f"{each.key}={each.value}" for each in officer.session.cookie_jar)
    place = urlsplit(officer.address)
    head = (
        f"POST {address}/draft HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookies}\r\n"
        f"Content-Type: {MULTIPART}\r\nContent-Length: {len(body) + 1000}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(head.encode() + body)
    await writer.drain()
    arriving = office.folder / "arriving"
    while not arriving.exists() or not any(arriving.iterdir()):  # noqa: ASYNC110 - a folder tells nothing
        await asyncio.sleep(0.01)
    writer.transport.abort()
    while any(arriving.iterdir()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await officer.get(address)
    assert await refs_of(office) == []
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


async def test_what_was_typed_comes_back_when_the_step_is_not_offered_any_more(office: Office) -> None:
    _, address, officer = await begins(office)
    leader = await office.visitor().signs_in("lanhdao")
    await leader.get(address)
    await leader.post(f"{address}/reject", {"reason": "unclear", "text": "Chưa rõ địa điểm."})
    assert leader.status == 303
    page = await officer.uploads(f"{address}/draft", {"text": TYPED}, ("chuong-trinh.exe", b"MZ a program"))
    assert officer.status == 409
    assert TYPED in page


async def test_what_was_typed_comes_back_when_the_petition_has_gone_elsewhere(office: Office) -> None:
    _, address, officer = await begins(office)
    leader = await office.visitor().signs_in("lanhdao")
    await leader.get(address)
    await leader.post(f"{address}/transfer", {"unit": "xa-mau.van-hoa-xa-hoi", "text": "Thuộc lĩnh vực khác."})
    assert leader.status == 303
    page = await officer.uploads(f"{address}/draft", {"text": TYPED}, ("a.pdf", pdf()))
    assert officer.status == 404
    assert TYPED in page
    assert await uploaded(office) == 0


@pytest.mark.parametrize("step", ["draft", "send_back"])
async def test_what_was_typed_comes_back_when_the_session_has_ended(office: Office, step: str) -> None:
    _, address, officer = await begins(office)
    office.watch.passes(timedelta(minutes=16))
    large = pdf() + b"\n" * 600_000
    page = await officer.uploads(f"{address}/{step}", {"text": TYPED}, ("a.pdf", large), ("b.pdf", large))
    assert officer.status == 401
    assert TYPED in page
    assert "đăng nhập lại" in page
    door = f"/admin/sign-in?{urlencode({'next': address})}"
    assert f'href="{door}"' in page
    assert stored(office.folder) == set()
    await officer.post(f"{address}/accept")
    assert officer.location == f"{door}&missed=yes", "nothing to give back"
