"""ZBS template messages: the list of templates, their parameters, prices, hours and quotas (zalo.md, A9)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.fakes.zalo.errors import Refused, invalid

LOCAL = timezone(timedelta(hours=7))
NIGHT_BEGINS, NIGHT_ENDS = 22, 6
RATING = 5
"""The type of a template that asks for a rating."""
STATUS = {1: "ENABLE", 2: "PENDING_REVIEW", 3: "REJECT", 4: "DISABLE"}


@dataclass(frozen=True)
class Param:
    """One parameter of a template; lengths in characters after NFC."""

    name: str
    longest: int = 100
    required: bool = True
    shortest: int = 0


@dataclass(frozen=True)
class Template:
    """A template of the console.

    kind    1 custom, 2 OTP, 3 payment, 4 voucher, 5 rating
    tag     1 transaction, 2 customer care, 3 promotion
    by_uid  whether it can go to a user_id: not if it is old, an OTP, or holds a response component
    daily   how many may go in a day; None: no limit of its own
    """

    id: str
    name: str
    params: tuple[Param, ...] = ()
    kind: int = 1
    tag: int = 1
    status: str = "ENABLE"
    by_uid: bool = True
    price_uid: int = 200
    price_phone: int = 300
    daily: int | None = None

    def check_by_uid(self, data: Any, now: datetime) -> None:
        """Raise Refused, in the numbers of the consultation host, unless it can go to a user_id now."""
        if self.status != "ENABLE":
            raise invalid("template_id")
        if not self.by_uid:
            raise Refused(-249, "Template can not be sent by user id")
        if self._is_night_for_it(now):
            raise Refused(-234, "This message can not be sent at night")
        for name, _number, _words in self._wrong(data):
            raise invalid(f"template_data.{name}")

    def check_by_phone(self, data: Any, now: datetime) -> None:
        """Raise Refused, in the numbers of the business host, unless it can go to a phone now."""
        if self.status == "DISABLE":
            raise Refused(-146, "Template is disabled")
        if self.status != "ENABLE":
            raise Refused(-131, "Template is not approved")
        if self._is_night_for_it(now):
            raise Refused(-133, "Message is not allowed at night")
        for _name, number, words in self._wrong(data):
            raise Refused(number, words)

    def as_listed(self) -> dict[str, Any]:
        """Return the row of /template/all."""
        return {
            "templateId": int(self.id), "templateName": self.name, "status": self.status, "templateQuality": "HIGH",
            "createdTime": 1767225600000,
        }  # fmt: skip

    def as_described(self) -> dict[str, Any]:
        """Return the data of /template/info/v2."""
        return {
            **self.as_listed(), "templateType": self.kind, "templateTag": self.tag, "timeout": 86_400_000,
            "price": str(self.price_phone), "price_uid": str(self.price_uid), "price_sdt": str(self.price_phone),
            "listParams": [
                {"name": each.name, "require": each.required, "type": "STRING", "maxLength": each.longest,
                 "minLength": each.shortest, "acceptNull": not each.required}
                for each in self.params
            ],
        }  # fmt: skip

    def _is_night_for_it(self, now: datetime) -> bool:
        hour = now.astimezone(LOCAL).hour
        return self.tag == 3 and (hour >= NIGHT_BEGINS or hour < NIGHT_ENDS)

    def _wrong(self, data: Any) -> list[tuple[str, int, str]]:
        """List what is wrong with the values: parameter, number on the business host, words."""
        if not isinstance(data, Mapping):
            return [("", -1122, "Template data is missing")]
        known = {each.name for each in self.params}
        wrong = [(str(name), -1122, f"Parameter {name} is unknown") for name in data if name not in known]
        return wrong + [found for each in self.params if (found := _fault(each, data.get(each.name))) is not None]


def _fault(param: Param, value: Any) -> tuple[str, int, str] | None:
    """Return what is wrong with one value."""
    if value is None or value == "":
        return (param.name, -1122, f"Parameter {param.name} is missing") if param.required else None
    if not isinstance(value, str) or unicodedata.normalize("NFC", value) != value:
        return param.name, -1122, f"Parameter {param.name} is not a text of composed letters"
    if not param.shortest <= len(value) <= param.longest:
        return param.name, -1121, f"Parameter {param.name} exceeds its length"
    return None
