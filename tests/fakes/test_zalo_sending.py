"""The fake Zalo refuses what the real one refuses: messages, windows, templates, quotas, uploads."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from tests.fakes.zalo import Account, FakeZalo, Param, Phone, Template

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CS = "/v3.0/oa/message/cs"
BY_UID = "/v3.0/oa/message/template"
BY_PHONE = "/message/template"
UPDATE = Template("301", "Cập nhật phản ánh", (Param("ma_ho_so", 30), Param("ghi_chu", 30, required=False)))


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = MORNING

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **length: float) -> None:
        self.now += timedelta(**length)


class Client:
    """What a program sends: JSON with the token of now."""

    def __init__(self, fake: FakeZalo, http: ClientSession) -> None:
        self.fake, self.http = fake, http
        self.token = fake.world.oauth.issue().access

    async def post(self, path: str, body: Any, *, business: bool = False) -> Any:
        base = self.fake.bases.business if business else self.fake.bases.openapi
        async with self.http.post(base + path, json=body, headers={"access_token": self.token}) as answer:
            assert answer.status == 200
            return await answer.json()

    async def get(self, path: str, data: Any = None, *, business: bool = False, **query: str) -> Any:
        base = self.fake.bases.business if business else self.fake.bases.openapi
        params = query if data is None else {"data": json.dumps(data)}
        async with self.http.get(base + path, params=params, headers={"access_token": self.token}) as answer:
            return await answer.json()

    async def upload(self, kind: str, content: bytes, name: str) -> Any:
        form = FormData()
        form.add_field("file", BytesIO(content), filename=name)
        url = f"{self.fake.bases.openapi}/v2.0/oa/upload/{kind}"
        async with self.http.post(url, data=form, headers={"access_token": self.token}) as answer:
            return await answer.json()

    async def says(self, phone: Phone, message: Any) -> Any:
        return await self.post(CS, {"recipient": {"user_id": phone.person.id}, "message": message})


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
    """Return somebody who has just written."""
    someone = fake.person(1, phone="84900000001")
    await someone.types("Xin chào")
    return someone


def button(title: str = "Có", kind: str = "oa.query.hide", payload: Any = "#a:1") -> dict[str, Any]:
    return {"title": title, "type": kind, "payload": payload}


def template(**payload: Any) -> dict[str, Any]:
    return {"type": "template", "payload": payload}


async def test_a_text_with_buttons_is_shown_and_answered_with_its_id(client: Client, phone: Phone) -> None:
    buttons = [button("Có"), button("Không", payload="#a:2")]
    answer = await client.says(phone, {"text": "Ông/Bà có hài lòng không?", "attachment": template(buttons=buttons)})
    seen = phone.sees()[-1]
    assert (seen.from_oa, seen.text, seen.buttons) == (True, "Ông/Bà có hài lòng không?", ("Có", "Không"))
    assert answer["error"] == 0
    assert answer["data"]["message_id"] == seen.id
    assert answer["data"]["quota"]["quota_type"] == "reply"


WRONG: dict[str, tuple[Any, int]] = {
    "no text": ({"text": "  "}, -201),
    "2,001 characters": ({"text": "ắ" * 2001}, -210),
    "six buttons": ({"text": "x", "attachment": template(buttons=[button()] * 6)}, -201),
    "no button": ({"text": "x", "attachment": template(buttons=[])}, -201),
    "buttons without a text": ({"attachment": template(buttons=[button()])}, -201),
    "the other form of buttons": (
        {"text": "x", "attachment": template(template_type="button", text="x", buttons=[button()])},
        -201,
    ),
    "a long title": ({"text": "x", "attachment": template(buttons=[button("x" * 101)])}, -201),
    "a long payload": ({"text": "x", "attachment": template(buttons=[button(payload="x" * 1001)])}, -201),
    "an unknown type": ({"text": "x", "attachment": template(buttons=[button(kind="oa.query")])}, -201),
    "a number that is none": (
        {"text": "x", "attachment": template(buttons=[button(kind="oa.open.phone", payload={"phone_code": "0900"})])},
        -201,
    ),
    "a list": ({"attachment": template(template_type="list", elements=[{"title": "x"}])}, -233),
    "an unknown member": ({"text": "x", "parse_mode": "html"}, -201),
    "a quote of nothing": ({"text": "x", "quote_message_id": "none"}, -201),
    "an unknown upload": (
        {"attachment": template(template_type="media", elements=[{"media_type": "image", "attachment_id": "x"}])},
        -201,
    ),
    "two elements": ({"attachment": template(template_type="request_user_info", elements=[{}, {}])}, -201),
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_message_is_refused_with_http_200(client: Client, phone: Phone, what: str) -> None:
    message, number = WRONG[what]
    answer = await client.says(phone, message)
    assert answer["error"] == number
    assert "data" not in answer
    assert phone.hears() == []


async def test_the_longest_text_counts_composed_letters(client: Client, phone: Phone) -> None:
    decomposed = "e\u0302\u0301" * 2000
    assert (await client.says(phone, {"text": decomposed}))["error"] == 0


async def test_the_other_form_of_buttons_can_be_wanted(fake: FakeZalo, client: Client, phone: Phone) -> None:
    fake.world.buttons_form = "template_type"
    attachment = template(template_type="button", text="Chọn", buttons=[button()])
    assert (await client.says(phone, {"attachment": attachment}))["error"] == 0
    assert phone.sees()[-1].buttons == ("Có",)


@pytest.mark.parametrize(
    ("hours", "number", "paid"), [(48, 0, []), (49, 0, [55]), (7 * 24, 0, [55]), (7 * 24 + 1, -230, [])]
)
async def test_the_window_closes_by_the_clock(
    fake: FakeZalo, client: Client, phone: Phone, clock: Hands, hours: float, number: int, paid: list[int]
) -> None:
    clock.turn(hours=hours)
    client.token = fake.world.oauth.issue().access
    assert (await client.says(phone, {"text": "x"}))["error"] == number
    assert [price for _, price in fake.world.charged] == paid


async def test_somebody_who_never_wrote_can_be_reached_after_a_press_of_follow(fake: FakeZalo, client: Client) -> None:
    stranger = fake.person(2)
    assert (await client.says(stranger, {"text": "x"}))["error"] == -232
    await stranger.follows()
    assert (await client.says(stranger, {"text": "x"}))["error"] == 0


async def test_who_lets_nothing_through_is_not_reached(client: Client, phone: Phone) -> None:
    await phone.refuses_messages(-213)
    assert (await client.says(phone, {"text": "x"}))["error"] == -213


async def test_ids_are_texts_of_this_account(client: Client, phone: Phone) -> None:
    wrong = {"recipient": {"user_id": int(phone.person.id)}, "message": {"text": "x"}}
    assert (await client.post(CS, wrong))["error"] == -201
    assert (await client.post(CS, {"user_id": phone.person.id, "message": {"text": "x"}}))["error"] == -201


async def test_a_reply_after_two_days_needs_money(fake: FakeZalo, client: Client, phone: Phone, clock: Hands) -> None:
    clock.turn(hours=24)
    clock.turn(hours=25)
    client.token = fake.world.oauth.issue().access
    fake.world.money = 54
    assert (await client.says(phone, {"text": "x"}))["error"] == -321
    fake.world.account = Account(linked_zca=False)
    assert (await client.says(phone, {"text": "x"}))["error"] == -320


async def test_the_pace_of_the_app_is_kept(fake: FakeZalo, client: Client, phone: Phone, clock: Hands) -> None:
    fake.world.per_minute = 2
    answers = [(await client.says(phone, {"text": "x"}))["error"] for _ in range(3)]
    clock.turn(minutes=1)
    answers.append((await client.says(phone, {"text": "x"}))["error"])
    assert answers == [0, 0, -32, 0]


@pytest.mark.parametrize("path", ["/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion", "/v2.0/oa/message"])
async def test_what_was_shut_down_says_so(client: Client, phone: Phone, path: str) -> None:
    body = {"recipient": {"user_id": phone.person.id}, "message": {"text": "x"}}
    assert (await client.post(path, body))["error"] == -240


async def test_a_reaction_stands_on_the_message(client: Client, phone: Phone) -> None:
    action = {"react_icon": "/-strong", "react_message_id": phone.sees()[-1].id}
    body = {"recipient": {"user_id": phone.person.id}, "sender_action": action}
    assert (await client.post("/v2.0/oa/message", body))["error"] == 0
    assert phone.sees()[-1].reaction == "/-strong"


async def test_a_template_goes_by_uid_long_after_the_last_word(
    fake: FakeZalo, client: Client, phone: Phone, clock: Hands
) -> None:
    fake.template(UPDATE)
    clock.turn(days=30)
    client.token = fake.world.oauth.issue().access
    body = {"user_id": phone.person.id, "template_id": "301", "template_data": {"ma_ho_so": "PA-1"}}
    answer = await client.post(BY_UID, body)
    assert (answer["error"], phone.sees()[-1].text) == (0, "Cập nhật phản ánh\nPA-1")
    assert fake.world.charged == [(phone.person.id, 200)]


UID_FAULTS: dict[str, tuple[Template, dict[str, str], int]] = {
    "not approved": (Template("1", "x", status="PENDING_REVIEW"), {}, -201),
    "not by uid": (Template("1", "x", by_uid=False), {}, -249),
    "a value is missing": (Template("1", "x", (Param("a"),)), {}, -201),
    "a value is too long": (Template("1", "x", (Param("a", 3),)), {"a": "xxxx"}, -201),
    "a value too many": (Template("1", "x"), {"b": "x"}, -201),
    "decomposed letters": (Template("1", "x", (Param("a"),)), {"a": "e\u0302"}, -201),
    "used up today": (Template("1", "x", daily=0), {}, -211),
}


@pytest.mark.parametrize("what", UID_FAULTS)
async def test_a_wrong_template_by_uid_is_refused(fake: FakeZalo, client: Client, phone: Phone, what: str) -> None:
    wrong, data, number = UID_FAULTS[what]
    fake.template(wrong)
    body = {"user_id": phone.person.id, "template_id": "1", "template_data": data}
    assert (await client.post(BY_UID, body))["error"] == number


PHONE_FAULTS: dict[str, tuple[dict[str, Any], int]] = {
    "form of the number": ({"phone": "0900000001"}, -108),
    "number without Zalo": ({"phone": "84900000009"}, -118),
    "no tracking id": ({"tracking_id": ""}, -1122),
    "long tracking id": ({"tracking_id": "x" * 49}, -1122),
    "unknown template": ({"template_id": "9"}, -117),
    "missing value": ({"template_data": {}}, -1122),
    "long value": ({"template_data": {"ma_ho_so": "x" * 31}}, -1121),
    "only for administrators": ({"mode": "development"}, -126),
}


@pytest.mark.parametrize("what", PHONE_FAULTS)
async def test_a_wrong_message_by_phone_is_refused(fake: FakeZalo, client: Client, phone: Phone, what: str) -> None:
    fake.template(UPDATE)
    change, number = PHONE_FAULTS[what]
    body = {"phone": phone.person.phone, "template_id": "301", "template_data": {"ma_ho_so": "x"}, "tracking_id": "t"}
    assert (await client.post(BY_PHONE, body | change, business=True))["error"] == number
    assert phone.hears() == []


async def test_promotion_sleeps_at_night_and_each_host_has_its_own_number(
    fake: FakeZalo, client: Client, phone: Phone, clock: Hands
) -> None:
    fake.template(Template("7", "Mời", tag=3))
    clock.turn(hours=14)  # 22:00 in Vietnam
    by_uid = {"user_id": phone.person.id, "template_id": "7", "template_data": {}}
    by_phone = {"phone": phone.person.phone, "template_id": "7", "template_data": {}, "tracking_id": "t"}
    assert (await client.post(BY_UID, by_uid))["error"] == -234
    assert (await client.post(BY_PHONE, by_phone, business=True))["error"] == -133
    clock.turn(hours=8)  # 06:00
    assert (await client.post(BY_UID, by_uid))["error"] == 0


async def test_quotas_of_a_day_begin_anew_at_midnight_in_vietnam(
    fake: FakeZalo, client: Client, phone: Phone, clock: Hands
) -> None:
    fake.template(UPDATE)
    fake.world.daily = 1
    body = {"phone": phone.person.phone, "template_id": "301", "template_data": {"ma_ho_so": "x"}, "tracking_id": "t"}
    answers = [(await client.post(BY_PHONE, body, business=True))["error"] for _ in range(2)]
    left = await client.get("/message/quota", business=True)
    clock.turn(hours=16)
    answers.append((await client.post(BY_PHONE, body, business=True))["error"])
    assert (answers, left["data"]["remainingQuota"]) == ([0, -144, 0], "0")


async def test_templates_are_listed_with_their_parameters(fake: FakeZalo, client: Client) -> None:
    fake.template(UPDATE)
    fake.template(Template("302", "Chưa duyệt", status="REJECT"))
    asked = {"offset": "0", "limit": "100", "status": "1"}
    listed = await client.get("/template/all", business=True, **asked)
    assert [each["templateId"] for each in listed["data"]] == [301]
    described = await client.get("/template/info/v2", business=True, template_id="301")
    assert [each["name"] for each in described["data"]["listParams"]] == ["ma_ho_so", "ghi_chu"]


async def test_the_account_people_and_chats_can_be_asked_for(client: Client, phone: Phone) -> None:
    assert (await client.get("/v2.0/oa/getoa"))["data"]["oa_type"] == 4
    detail = await client.get("/v3.0/oa/user/detail", {"user_id": phone.person.id})
    assert detail["data"]["user_last_interaction_date"] == "02/03/2026"
    last = await client.post("/v3.0/oa/quota/message", {"user_id": phone.person.id})
    assert last["data"]["last_interaction"] == str(int(MORNING.timestamp() * 1000))
    rows = await client.get("/v2.0/oa/listrecentchat", {"offset": 0, "count": 10})
    assert [(row["src"], row["message"]) for row in rows["data"]["rows"]] == [(1, "Xin chào")]
    assert (await client.get("/v2.0/oa/listrecentchat", {"offset": 0, "count": 11}))["error"] == -201


async def test_a_rating_is_given_once_asked_and_can_be_listed(fake: FakeZalo, client: Client, phone: Phone) -> None:
    fake.template(Template("305", "Mời đánh giá", kind=5, tag=2))
    body = {"user_id": phone.person.id, "template_id": "305", "template_data": {}}
    message = (await client.post(BY_UID, body))["data"]["message_id"]
    event = json.loads((await phone.rates(message, 4, "Nhanh", ("Thái độ tốt",))).raw)
    assert (event["message"]["msg_id"], event["message"]["rate"]) == (message, 4)
    assert phone.person.id not in json.dumps(event), "the event names the message only"
    asked = {"template_id": "305", "from_time": "0", "to_time": "9999999999999", "offset": "0", "limit": "10"}
    listed = await client.get("/rating/get", business=True, **asked)
    assert [(row["msgId"], row["rate"]) for row in listed["data"]["data"]] == [(message, 4)]


async def test_planned_answers_come_once(fake: FakeZalo, client: Client, phone: Phone) -> None:
    fake.next_answer(CS, error=-200, words="Failed")
    fake.next_answer(CS, error=-32, does_it=True)
    answers = [(await client.says(phone, {"text": str(n)}))["error"] for n in range(3)]
    assert (answers, phone.hears()) == ([-200, -32, 0], ["1", "2"])
