"""The walk's updates as Telegram sends them, and what every stack must have stored after so many walks."""

import time
from typing import Any

SECRET = "0123456789abcdef-of-the-benchmark"  # noqa: S105 - visibly a sample
BOT_ID = "123456"
TOKEN = f"{BOT_ID}:{'A' * 35}"
PATH = "/webhook/telegram"

PRESET = "commune-2025"
UNIT = "xa-mau.trung-tam"
LINK = "u_xa-mau_trung-tam"

ENDINGS = (None, ".5", ".-skip", ".no")
"""How the data of the button ends that is pressed in answer to the first four messages; None: a field by turns."""
UPDATES = 1 + len(ENDINGS)
"""Updates of one walk; each is answered by one message, each press also takes the old message's buttons away."""
MERE_QUESTIONS = 3
"""Messages of a walk that are worth nothing once the conversation has gone on: field, score, comment."""

Json = dict[str, Any]


def opening(update_id: int, person: int) -> Json:
    """Return the update of somebody who opened the link of a poster."""
    message = {
        "message_id": 1,
        "date": int(time.time()),
        "chat": {"id": person, "type": "private", "first_name": "Công dân mẫu", "username": f"mau{person}"},
        "from": _sender(person),
        "text": f"/start {LINK}",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    return {"update_id": update_id, "message": message}


def press(update_id: int, person: int, message_id: int, data: str) -> Json:
    """Return the update of a pressed button."""
    chat = {"id": person, "type": "private", "first_name": "Công dân mẫu", "username": f"mau{person}"}
    bot = {"id": int(BOT_ID), "is_bot": True, "first_name": "Bot mẫu", "username": "mau_bot"}
    query = {
        "id": str(update_id),
        "from": _sender(person),
        "message": {"message_id": message_id, "date": 1_795_000_000, "chat": chat, "from": bot, "text": "…"},
        "chat_instance": "1",
        "data": data,
    }
    return {"update_id": update_id, "callback_query": query}


def chosen(buttons: list[Json], step: int, walk: int) -> str:
    """Return the data of the button pressed in answer to message `step` (0 = the first) of walk number `walk`.

    Fields are pressed by turns; the last button of that message is "skip".
    """
    ending = ENDINGS[step]
    if ending is None:
        return str(buttons[walk % (len(buttons) - 1)]["data"])
    return next(str(button["data"]) for button in buttons if button["data"].endswith(ending))


def reply_key(update_id: int) -> str:
    """Return the outbox's unique key of the message that answers an update."""
    return f"telegram:{BOT_ID}:{update_id}#1"


def rows_after(walks: int) -> dict[str, int]:
    """Return how many rows of each kind there must be after whole walks, see `checking.rows_of`."""
    return {
        "events": UPDATES * walks,
        "persons": walks,
        "identities": walks,
        "chats": walks,
        "conversations that ended well": walks,
        "conversations": walks,
        "ratings": walks,
        "finished ratings": walks,
        "answers": 2 * walks,
        "scores of 5": walks,
        "scores of 5 counted by day": walks,
        "scores of 5 counted by month": walks,
        "finished ratings counted by day": walks,
        "finished ratings counted by month": walks,
        "open ratings counted": 0,
        "outgoing messages": (2 * UPDATES - 1) * walks,
        "outgoing messages with an end": (2 * UPDATES - 1) * walks,
        "questions that grow stale": MERE_QUESTIONS * walks,
        "persons who were asked whether to be told results": walks,
        "dead letters": 0,
    }


def _sender(person: int) -> Json:
    return {
        "id": person,
        "is_bot": False,
        "first_name": "Công dân mẫu",
        "username": f"mau{person}",
        "language_code": "vi",
    }
