"""The fake Zalo takes the files that the real one takes, looks into them, and forgets them after seven days."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.fakes.test_zalo_sending import Client, Hands, template
from tests.fakes.zalo import FakeZalo, Phone
from tests.photos import photo
from tests.storage.documents import archive, docx

DOCX, XLSX = docx(), archive({"[Content_Types].xml": "x", "xl/workbook.xml": "x"})
PDF = b"%PDF-1.7 mau"
MEGABYTE = 1_000_000


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def fake(clock: Hands) -> AsyncIterator[FakeZalo]:
    async with FakeZalo(clock=clock) as server:
        yield server


@pytest.fixture
async def client(fake: FakeZalo) -> AsyncIterator[Client]:
    async with ClientSession(trust_env=False) as http:
        yield Client(fake, http)


@pytest.fixture
async def phone(fake: FakeZalo) -> Phone:
    someone = fake.person(1)
    await someone.types("Xin chào")
    return someone


def media(kind: str, **element: Any) -> dict[str, Any]:
    return template(template_type="media", elements=[{"media_type": kind, **element}])


TAKEN = {
    "a photo": ("image", photo("JPEG"), "x.jpg"),
    "a drawing": ("image", photo("PNG"), "x.png"),
    "an animation": ("gif", photo("GIF"), "x.gif"),
    "a PDF": ("file", PDF, "x.pdf"),
    "a Word document": ("file", DOCX, "x.docx"),
    "a table of values": ("file", b"a,b\n1,2\n", "x.csv"),
}
REFUSED = {
    "another kind of upload": ("video", PDF, "x.pdf", -201),
    "no picture": ("image", b"\x89PNG\r\n\x1a\n", "x.png", -201),
    "half a photo": ("image", photo("JPEG", (400, 300), noisy=True)[:5000], "x.jpg", -201),
    "an animation as a picture": ("image", photo("GIF"), "x.png", -201),
    "a WEBP": ("image", photo("WEBP"), "x.webp", -201),
    "a picture above one megabyte": ("image", photo("PNG") + bytes(MEGABYTE), "x.png", -210),
    "a photo as an animation": ("gif", photo("JPEG"), "x.gif", -201),
    "an animation above five": ("gif", photo("GIF") + bytes(5 * MEGABYTE), "x.gif", -210),
    "a program": ("file", b"x", "x.exe", -201),
    "a table": ("file", XLSX, "x.xlsx", -201),
    "a table under another name": ("file", XLSX, "x.docx", -201),
    "a PDF that is none": ("file", b"x", "x.pdf", -201),
    "nothing": ("file", b"", "x.csv", -201),
    "a PDF above five megabytes": ("file", PDF + bytes(5 * MEGABYTE), "x.pdf", -210),
}


@pytest.mark.parametrize("what", TAKEN)
async def test_what_is_taken_has_an_id(client: Client, what: str) -> None:
    kind, content, name = TAKEN[what]
    answer = await client.upload(kind, content, name)
    assert list(answer["data"]) == ["token" if kind == "file" else "attachment_id"]


@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_none_of_these_is_refused(client: Client, what: str) -> None:
    kind, content, name, number = REFUSED[what]
    assert (await client.upload(kind, content, name))["error"] == number


async def test_a_month_has_room_for_so_many_uploads(fake: FakeZalo, client: Client, clock: Hands) -> None:
    fake.world.uploads.most = 1
    answers = [(await client.upload("file", PDF, "x.pdf"))["error"] for _ in range(2)]
    clock.turn(days=30)  # April
    client.token = fake.world.oauth.issue().access
    answers.append((await client.upload("file", PDF, "x.pdf"))["error"])
    assert answers == [0, -211, 0]


async def test_uploads_are_shown_and_live_seven_days(
    fake: FakeZalo, client: Client, phone: Phone, clock: Hands
) -> None:
    image = (await client.upload("image", photo(), "x.jpg"))["data"]["attachment_id"]
    token = (await client.upload("file", PDF, "x.pdf"))["data"]["token"]
    both = [
        {"text": "Ảnh", "attachment": media("image", attachment_id=image)},
        {"attachment": {"type": "file", "payload": {"token": token}}},
    ]
    assert [(await client.says(phone, each))["error"] for each in both] == [0, 0]
    assert [(seen.kind, seen.text) for seen in phone.sees()[-2:]] == [("image", "Ảnh"), ("file", "x.pdf")]
    kept = [each.upload for each in phone.person.messages[-2:]]
    assert [each and each.content for each in kept] == [photo(), PDF]
    clock.turn(days=7)
    client.token = fake.world.oauth.issue().access
    await phone.types("x")
    assert [(await client.says(phone, each))["error"] for each in both] == [-100, -100]


@pytest.mark.parametrize(
    ("more", "number"),
    [({"width": 64, "height": 48}, 0), ({}, -201), ({"width": 64}, -201), ({"width": 48, "height": 64}, -201)],
)
async def test_an_animation_is_sent_with_its_width_and_height(
    client: Client, phone: Phone, more: dict[str, int], number: int
) -> None:
    gif = (await client.upload("gif", photo("GIF"), "x.gif"))["data"]["attachment_id"]
    answer = await client.says(phone, {"attachment": media("gif", attachment_id=gif, **more)})
    assert answer["error"] == number


async def test_an_upload_goes_as_what_it_is(client: Client, phone: Phone) -> None:
    image = (await client.upload("image", photo(), "x.jpg"))["data"]["attachment_id"]
    token = (await client.upload("file", PDF, "x.pdf"))["data"]["token"]
    wrong = [
        {"attachment": media("image", attachment_id=token)},
        {"attachment": media("image", attachment_id=image, width=64, height=48)},
        {"attachment": {"type": "file", "payload": {"token": image}}},
        {"attachment": {"type": "file", "payload": {"attachment_id": token}}},
        {"text": "Tệp", "attachment": {"type": "file", "payload": {"token": token}}},
    ]
    assert [(await client.says(phone, each))["error"] for each in wrong] == [-201] * 5
    too_long = {"text": "x" * 2001, "attachment": media("image", attachment_id=image)}
    assert (await client.says(phone, too_long))["error"] == -210
    assert phone.hears() == []
