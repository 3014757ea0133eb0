"""Everything the fake knows: the Official Account, its people, money, quotas, files, templates, webhook."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.zalo.errors import Refused, invalid
from tests.fakes.zalo.oauth import Console, OAuth
from tests.fakes.zalo.people import Message, Person
from tests.fakes.zalo.templates import LOCAL, Template
from tests.fakes.zalo.uploads import Uploads
from tests.fakes.zalo.webhook import Courier

PRICE_OF_REPLY = 55
"""Dong for a consultation message between 48 hours and 7 days."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """What `getoa` tells of the Official Account. Type 2 is a business, 4 a government body."""

    name: str = "UBND xã Mẫu"
    verified: bool = True
    type: int = 4
    package: str = "Nâng cao"
    package_until: str = "31/12/2027"
    linked_zca: bool = True


@dataclass
class World:
    """The state behind the servers.

    money         dong in the Zalo Cloud Account
    charged       what was paid, in order: (user_id or phone, dong)
    daily         ZBS messages of a local day
    per_minute    calls of the app in a minute
    buttons_form  `plain` or `template_type`: which way of writing buttons is accepted
    echoes        own messages come back as `oa_send_text`
    receipts      what arrives is told by `user_received_message`
    """

    console: Console
    clock: Callable[[], datetime]
    oauth: OAuth
    uploads: Uploads
    courier: Courier
    account: Account = Account()
    people: dict[str, Person] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    ratings: list[Json] = field(default_factory=list)
    money: int = 1_000_000
    charged: list[tuple[str, int]] = field(default_factory=list)
    daily: int = 500
    per_minute: int = 4000
    buttons_form: str = "plain"
    echoes: bool = True
    receipts: bool = False
    files_base: str = ""
    _ids: int = 0
    _used: Counter[tuple[str, str]] = field(default_factory=Counter)
    _calls: Counter[int] = field(default_factory=Counter)

    def milliseconds(self) -> str:
        """Return now as Zalo writes it: a text of milliseconds since 1970."""
        return str(int(self.clock().timestamp() * 1000))

    def new_id(self) -> str:
        """Return the id of a new message."""
        self._ids += 1
        return f"{0xA1B2C3D4E5F6_0000 + self._ids:x}"

    def person(self, user_id: Any) -> Person:
        """Return somebody by his user_id. Raises Refused for one who is unknown here, or an id that is no text."""
        if not isinstance(user_id, str) or user_id not in self.people:
            raise invalid("user_id")
        return self.people[user_id]

    def by_phone(self, phone: str) -> Person | None:
        """Return who has this number, None for a number without Zalo."""
        return next((each for each in self.people.values() if each.phone == phone), None)

    def find(self, message_id: str) -> tuple[Person, Message] | None:
        """Return a message with whose chat it is in."""
        for person in self.people.values():
            if (message := person.message(message_id)) is not None:
                return person, message
        return None

    def template(self, template_id: Any) -> Template | None:
        """Return a template of the console; ids come as text or number."""
        return self.templates.get(str(template_id))

    def charge(self, whom: str, price: int, broke: Refused, without_account: Refused) -> None:
        """Take money. Raises what the host says without a Zalo Cloud Account or without money in it."""
        if not self.account.linked_zca:
            raise without_account
        if self.money < price:
            raise broke
        self.money -= price
        self.charged.append((whom, price))

    def left_today(self, template: Template | None = None) -> int:
        """Return how many ZBS messages may still go today, of one template or altogether."""
        day = self.clock().astimezone(LOCAL).date().isoformat()
        if template is None:
            return self.daily - self._used[day, ""]
        return 1 if template.daily is None else template.daily - self._used[day, template.id]

    def use(self, template: Template) -> None:
        """Count a ZBS message of today."""
        day = self.clock().astimezone(LOCAL).date().isoformat()
        self._used[day, ""] += 1
        self._used[day, template.id] += 1

    def count_call(self) -> int:
        """Count a call of this minute; return how many are left. Raises Refused -32 beyond the limit."""
        minute = int(self.clock().timestamp() // 60)
        self._calls[minute] += 1
        left = self.per_minute - self._calls[minute]
        if left < 0:
            raise Refused(-32, "Rate limit exceeded")
        return left
