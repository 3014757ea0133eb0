"""The host of ZBS: templates by phone, the list of templates, quotas, ratings (zalo.md, A9)."""

import re
from collections.abc import Callable
from typing import Any

from tests.fakes.zalo.errors import Refused
from tests.fakes.zalo.people import Message
from tests.fakes.zalo.templates import STATUS
from tests.fakes.zalo.world import Json, World

LONGEST_TRACKING = 48
_PHONE = re.compile(r"84\d{9}")

Call = Callable[[World, Json], Any]


def send(world: World, body: Json) -> Json:
    """POST /message/template: an approved template to a telephone number."""
    phone, tracking = body.get("phone"), body.get("tracking_id")
    if not isinstance(phone, str) or not _PHONE.fullmatch(phone):
        raise Refused(-108, "Phone number is invalid")
    if not isinstance(tracking, str) or not 1 <= len(tracking) <= LONGEST_TRACKING:
        raise Refused(-1122, "Parameter tracking_id is missing or too long")
    template = world.template(body.get("template_id"))
    if template is None:
        raise Refused(-117, "Template is not available for this Official Account")
    template.check_by_phone(body.get("template_data"), world.clock())
    person = world.by_phone(phone)
    if person is None:
        raise Refused(-118, "Zalo account of this phone does not exist")
    if person.restricted is not None:
        raise Refused(-119, "Account can not receive messages")
    if body.get("mode") == "development":
        raise Refused(-126, "Development mode reaches administrators only")
    if world.left_today() <= 0:
        raise Refused(-144, "Daily quota of the Official Account is used up")
    if world.left_today(template) <= 0:
        raise Refused(-147, "Daily quota of the template is used up")
    world.charge(phone, template.price_phone, Refused(-115, "Out of money"), Refused(-136, "No Zalo Cloud Account"))
    world.use(template)
    text = "\n".join([template.name, *map(str, body["template_data"].values())])
    message = Message(
        world.new_id(), world.clock(), text, mine=True, kind="template", template=template.id, tracking=tracking,
        values=body["template_data"],
    )  # fmt: skip
    person.messages.append(message)
    if world.receipts:
        _receipt(world, phone, message)
    return {
        "msg_id": message.id,
        "sent_time": world.milliseconds(),
        "sending_mode": "1",
        "quota": {"dailyQuota": str(world.daily), "remainingQuota": str(world.left_today())},
    }


def _receipt(world: World, phone: str, message: Message) -> None:
    """Tell that a message by phone has arrived: the recipient is the number."""
    world.courier.send(
        {
            "app_id": world.console.app_id,
            "event_name": "user_received_message",
            "timestamp": world.milliseconds(),
            "sender": {"id": world.console.oa_id},
            "recipient": {"id": phone},
            "message": {
                "msg_id": message.id, "tracking_id": message.tracking, "delivery_time": world.milliseconds(),
            },
        },
        phone, {"X-ZEvent-Server": "ZNS"},
    )  # fmt: skip


def all_templates(world: World, query: Json) -> list[Json]:
    """GET /template/all."""
    wanted = STATUS.get(int(query.get("status") or 0))
    rows = [each.as_listed() for each in world.templates.values() if wanted in {None, each.status}]
    offset, limit = int(query.get("offset") or 0), int(query.get("limit") or 0)
    if not 1 <= limit <= 100:
        raise Refused(-1122, "Parameter limit is invalid")
    return rows[offset : offset + limit]


def template_info(world: World, query: Json) -> Json:
    """GET /template/info/v2."""
    template = world.template(query.get("template_id"))
    if template is None:
        raise Refused(-117, "Template is not available for this Official Account")
    return template.as_described()


def ratings(world: World, query: Json) -> Json:
    """POST or GET /rating/get: what people rated between two moments, in milliseconds."""
    begin, end = int(query.get("from_time") or 0), int(query.get("to_time") or 0)
    rows = [
        {
            "note": each["note"], "rate": each["rate"], "submitDate": each["submit_time"], "msgId": each["msg_id"],
            "feedbacks": each["feedbacks"], "trackingId": each.get("tracking_id", ""),
        }
        for each in world.ratings
        if each["template_id"] == str(query.get("template_id")) and begin <= int(each["submit_time"]) <= end
    ]  # fmt: skip
    offset, limit = int(query.get("offset") or 0), int(query.get("limit") or 0)
    return {"total": len(rows), "data": rows[offset : offset + limit]}


def status(world: World, query: Json) -> Json:
    """GET /message/status: -1 unknown, 1 delivered."""
    found = world.find(str(query.get("message_id")))
    if found is None:
        return {"delivery_time": "", "status": -1, "message": "Message id is not found"}
    return {"delivery_time": _sent(found[1]), "status": 1, "message": "The message is delivered"}


def _sent(message: Message) -> str:
    """Return when a message was sent, in milliseconds."""
    return str(int(message.at.timestamp() * 1000))


def quota(world: World, _query: Json) -> Json:
    """GET /message/quota."""
    return {"dailyQuota": str(world.daily), "remainingQuota": str(world.left_today())}


def quality(_world: World, _query: Json) -> Json:
    """GET /quality."""
    return {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}


POSTS: dict[str, Call] = {"/message/template": send, "/rating/get": ratings}
GETS: dict[str, Call] = {
    "/template/all": all_templates,
    "/template/info/v2": template_info,
    "/rating/get": ratings,
    "/message/status": status,
    "/message/quota": quota,
    "/quality": quality,
}
