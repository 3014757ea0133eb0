"""The host of consultation messages: sending, uploads, people, the account itself (zalo.md, A5, A7, A9)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.fakes.zalo import events
from tests.fakes.zalo.errors import Refused, invalid
from tests.fakes.zalo.messages import checked_message
from tests.fakes.zalo.people import Message, Person
from tests.fakes.zalo.templates import LOCAL
from tests.fakes.zalo.world import PRICE_OF_REPLY, Json, World

MOST_ROWS = 10

Call = Callable[[World, Json], Json]


def send(world: World, body: Json) -> Json:
    """POST /v3.0/oa/message/cs: free for 48 hours after the last interaction, paid until the seventh day."""
    person = _recipient(world, body)
    content = checked_message(body.get("message"), world.uploads, world.buttons_form)
    if content.quotes and person.message(content.quotes) is None:
        raise invalid("quote_message_id")
    person.check_reachable()
    window = person.window(world.clock())
    if window == "closed":
        words = "User has not interacted with the Official Account"
        raise Refused(-232 if person.last is None else -230, f"{words} in the past 7 days")
    if window == "billed":
        world.charge(person.id, PRICE_OF_REPLY, Refused(-321, "Out of money"), Refused(-320, "No Zalo Cloud Account"))
    message = Message(
        world.new_id(), world.clock(), content.text, mine=True, kind=content.kind, buttons=content.buttons,
        quotes=content.quotes, upload=content.upload,
    )  # fmt: skip
    return put(world, person, message, "reply" if window == "free" else "purchase_quota")


def put(world: World, person: Person, message: Message, quota: str) -> Json:
    """Put a message of the account into a chat and tell of it; return what the sender is told."""
    person.messages.append(message)
    if world.echoes and not message.template:
        echo = {"msg_id": message.id, "text": message.text}
        world.courier.send(events.from_account(world, person, f"oa_send_{_echoed(message.kind)}", echo), person.id)
    if world.receipts:
        receipt = {"msg_id": message.id}
        world.courier.send(events.from_account(world, person, "user_received_message", receipt), person.id)
    return {
        "message_id": message.id,
        "user_id": person.id,
        "sent_time": world.milliseconds(),
        "quota": {"quota_type": quota, "owner_type": "OA", "owner_id": world.console.oa_id},
    }


def send_template(world: World, body: Json) -> Json:
    """POST /v3.0/oa/message/template: an approved template to a user_id, whenever he last wrote."""
    if not body.keys() <= {"user_id", "template_id", "template_data", "mode"}:
        raise invalid("body")
    person = world.person(body.get("user_id"))
    template = world.template(body.get("template_id"))
    if template is None:
        raise invalid("template_id")
    template.check_by_uid(body.get("template_data"), world.clock())
    person.check_reachable()
    if world.left_today() <= 0 or world.left_today(template) <= 0:
        raise Refused(-211, "Out of quota")
    broke, without = Refused(-321, "Out of money"), Refused(-320, "No Zalo Cloud Account")
    world.charge(person.id, template.price_uid, broke, without)
    world.use(template)
    text = "\n".join([template.name, *map(str, body["template_data"].values())])
    return put(
        world, person,
        Message(world.new_id(), world.clock(), text, mine=True, kind="template", template=template.id,
                values=body["template_data"]),
        "purchase_quota",
    )  # fmt: skip


def react(world: World, body: Json) -> Json:
    """POST /v2.0/oa/message: only a reaction is left of it."""
    if "message" in body or "sender_action" not in body:
        raise Refused(-240, "This API version has been shut down")
    person = _recipient(world, body)
    action = body["sender_action"]
    message = person.message(str(action.get("react_message_id"))) if isinstance(action, dict) else None
    if message is None or message.mine:
        raise invalid("react_message_id")
    icon = action.get("react_icon")
    if not isinstance(icon, str) or not icon:
        raise invalid("react_icon")
    message.reaction = icon
    return {"message_id": message.id, "user_id": person.id}


def shut_down(_world: World, _body: Json) -> Json:
    """Answer for what was shut down on 2026-03-01."""
    raise Refused(-240, "This API version has been shut down")


def user_detail(world: World, data: Json) -> Json:
    """GET /v3.0/oa/user/detail."""
    person = world.person(data.get("user_id"))
    shared = {"name": person.name, "phone": person.phone, "address": "", "city": "", "district": ""}
    return {
        "user_id": person.id,
        "user_id_by_app": events.by_app(person),
        "display_name": person.name,
        "avatar": "",
        "user_is_follower": person.follows,
        "user_last_interaction_date": _local(person.last).strftime("%d/%m/%Y") if person.last else "",
        **({"shared_info": shared} if person.shares_info else {}),
    }


def quota(world: World, body: Json) -> Json:
    """POST /v3.0/oa/quota/message."""
    person = world.person(body.get("user_id"))
    last = int(person.last.timestamp() * 1000) if person.last else 0
    return {"last_interaction": str(last), "is_follower": person.follows}


def get_oa(world: World, _data: Json) -> Json:
    """GET /v2.0/oa/getoa."""
    account = world.account
    return {
        "oa_id": world.console.oa_id,
        "oaid": world.console.oa_id,
        "name": account.name,
        "is_verified": account.verified,
        "oa_type": account.type,
        "package_name": account.package,
        "package_valid_through_date": account.package_until,
        "linked_ZCA": world.console.oa_id if account.linked_zca else "",
    }


def recent_chats(world: World, data: Json) -> Json:
    """GET /v2.0/oa/listrecentchat: the last message of each chat, newest first."""
    last = [(person, person.messages[-1]) for person in world.people.values() if person.messages]
    last.sort(key=lambda row: row[1].at, reverse=True)
    return {"rows": [_row(world, *each) for each in _page(last, data)]}


def conversation(world: World, data: Json) -> Json:
    """GET /v2.0/oa/conversation: one chat, newest first."""
    person = world.person(data.get("user_id"))
    return {"rows": [_row(world, person, each) for each in _page(person.messages[::-1], data)]}


def _page(rows: list[Any], data: Json) -> list[Any]:
    offset, count = data.get("offset"), data.get("count")
    if not isinstance(offset, int) or not isinstance(count, int) or not 1 <= count <= MOST_ROWS:
        raise invalid("count")
    return rows[offset : offset + count]


def _row(world: World, person: Person, message: Message) -> Json:
    own = world.console.oa_id
    return {
        "src": 0 if message.mine else 1,
        "message_id": message.id,
        "time": int(message.at.timestamp() * 1000),
        "type": message.kind,
        "message": message.text,
        "from_id": own if message.mine else person.id,
        "to_id": person.id if message.mine else own,
    }


def _recipient(world: World, body: Json) -> Person:
    recipient = body.get("recipient")
    if not isinstance(recipient, dict) or recipient.keys() != {"user_id"}:
        raise invalid("recipient")
    return world.person(recipient["user_id"])


def _echoed(kind: str) -> str:
    return kind if kind in {"text", "image", "gif", "file", "sticker"} else "text"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL)


POSTS: dict[str, Call] = {
    "/v3.0/oa/message/cs": send,
    "/v3.0/oa/message/template": send_template,
    "/v3.0/oa/message/transaction": shut_down,
    "/v3.0/oa/message/promotion": shut_down,
    "/v3.0/oa/quota/message": quota,
    "/v2.0/oa/message": react,
}
GETS: dict[str, Call] = {
    "/v3.0/oa/user/detail": user_detail,
    "/v2.0/oa/getoa": get_oa,
    "/v2.0/oa/listrecentchat": recent_chats,
    "/v2.0/oa/conversation": conversation,
}
