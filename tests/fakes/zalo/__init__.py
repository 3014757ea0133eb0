"""A strict Zalo with scripted phones, for tests without a network: OAuth, OpenAPI, ZBS, attachments, webhook.

async with FakeZalo(clock=clock) as fake:
    pair = fake.world.oauth.issue()              # a pair of tokens, as the API Explorer gives one
    fake.world.courier.point_at(address)         # the webhook under test
    phone = fake.person(1, phone="84900000001")
    await phone.types("Xin chào")
    await fake.settled()                         # the event was taken
    ...                                          # the program sends to fake.bases.openapi
    await phone.presses("Rất hài lòng")
    assert phone.sees()[-1].text == "…"
"""

from tests.fakes.zalo.oauth import Console, OAuth, Pair, challenge_of
from tests.fakes.zalo.people import Message, Person, Seen
from tests.fakes.zalo.phone import Phone
from tests.fakes.zalo.server import Bases, Call, FakeZalo, Fault
from tests.fakes.zalo.templates import Param, Template
from tests.fakes.zalo.webhook import SIGNATURE_HEADER, Attempt, Delivery, Event, signature
from tests.fakes.zalo.world import Account

__all__ = [
    "SIGNATURE_HEADER", "Account", "Attempt", "Bases", "Call", "Console", "Delivery", "Event", "FakeZalo", "Fault",
    "Message", "OAuth", "Pair", "Param", "Person", "Phone", "Seen", "Template", "challenge_of", "signature",
]  # fmt: skip
