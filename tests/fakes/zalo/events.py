"""The bodies of events, as the webhook gets them (zalo.md, A4)."""

from typing import Any

from tests.fakes.zalo.people import Message, Person
from tests.fakes.zalo.world import World

Json = dict[str, Any]


def from_person(world: World, person: Person, name: str, message: Json) -> Json:
    """Return an event of somebody who did something in the chat."""
    return {
        "app_id": world.console.app_id,
        "user_id_by_app": by_app(person),
        "event_name": name,
        "timestamp": world.milliseconds(),
        "sender": {"id": person.id},
        "recipient": {"id": world.console.oa_id},
        "message": message,
    }


def from_account(world: World, person: Person, name: str, message: Json, admin: str = "") -> Json:
    """Return an event of the Official Account; `admin` is the human in OA Manager who wrote."""
    return {
        "app_id": world.console.app_id,
        "user_id_by_app": by_app(person),
        "event_name": name,
        "timestamp": world.milliseconds(),
        "sender": {"id": world.console.oa_id, **({"admin_id": admin} if admin else {})},
        "recipient": {"id": person.id},
        "message": message,
    }


def flat(world: World, person: Person, name: str, **members: Any) -> Json:
    """Return an event without sender and recipient: follow, unfollow, user_click_chatnow."""
    who = {"user_id": person.id} if name == "user_click_chatnow" else {"follower": {"id": person.id}}
    return {
        "app_id": world.console.app_id,
        "oa_id": world.console.oa_id,
        "user_id_by_app": by_app(person),
        "event_name": name,
        "timestamp": world.milliseconds(),
        **who,
        **members,
    }


def info(world: World, person: Person, given: Json) -> Json:
    """Return `user_submit_info`."""
    event = from_person(world, person, "user_submit_info", {})
    del event["message"]
    return {**event, "info": given}


def feedback(world: World, message: Message, answer: Json) -> Json:
    """Return `user_feedback`: it names the message, not the person."""
    return {
        "app_id": world.console.app_id,
        "oa_id": world.console.oa_id,
        "event_name": "user_feedback",
        "timestamp": world.milliseconds(),
        "message": {
            "rating_type": "csat",
            "option": "five_emotions",
            **answer,
            "submit_time": world.milliseconds(),
            "msg_id": message.id,
            **({"tracking_id": message.tracking} if message.tracking else {}),
        },
    }


def test_ping(world: World) -> Json:
    """Return what the console's test button sends: signed, with ids of nobody."""
    return {
        "app_id": world.console.app_id,
        "user_id_by_app": "0",
        "event_name": "user_send_text",
        "timestamp": world.milliseconds(),
        "sender": {"id": "1234567890"},
        "recipient": {"id": "579745863508352884"},
        "message": {"msg_id": "This is message id", "text": "This is testing message"},
    }


def by_app(person: Person) -> str:
    """Return the id by which the app knows the person elsewhere; never to be mixed with the user_id."""
    return str(int(person.id) // 2)
