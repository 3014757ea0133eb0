"""A strict Bot API server with scripted phones, for tests without a network.

async with FakeTelegram() as fake:
    phone = fake.person(2**40, "Công dân mẫu")
    await phone.starts("abc")
    ...                                   # the bot runs against fake.base
    await phone.presses("Hài lòng")
    assert phone.sees()[-1].text == "…"
"""

from tests.fakes.telegram.chats import Chat, Person, Seen
from tests.fakes.telegram.phone import Phone
from tests.fakes.telegram.server import TOKEN, Call, FakeTelegram
from tests.fakes.telegram.webhook import SECRET_HEADER, Attempt, Delivery

__all__ = ["SECRET_HEADER", "TOKEN", "Attempt", "Call", "Chat", "Delivery", "FakeTelegram", "Person", "Phone", "Seen"]
