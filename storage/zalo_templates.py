"""The message templates of the Zalo Official Account as listed last, and which one tells what."""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from offices.errors import DomainError
from storage import audit
from storage.tables.zalo import zalo_template as table
from storage.tables.zalo import zalo_template_choice as choice
from storage.upsert import insert_for

ENABLED = "ENABLE"
RATING = 5
"""Zalo's type of the templates that ask for a rating."""
KINDS_OF_NEWS = ("petition", "work", "invitation")
"""What can be told by a template: news of one's own petition, work for an official, an invitation to rate."""
KNOWN_PARAMS = frozenset(
    {"ma_ho_so", "trang_thai", "ngay_cap_nhat", "don_vi", "han_tra_loi", "ngay_tra_ket_qua", "han"}
)
"""Parameters that we can fill; a template that requires another one cannot be used."""

NO_TOKEN, NO_ANSWER = "no_token", "no_answer"
"""Why the list did not come where Zalo said nothing: we had no token that it takes, or no answer came."""


@dataclass(frozen=True, slots=True)
class TemplateParam:
    """One parameter of a template; lengths in characters of composed text."""

    name: str
    required: bool
    shortest: int
    longest: int


@dataclass(frozen=True, slots=True)
class Template:
    """A template as Zalo told of it.

    price        VND for one to a user id, 0 where none was told
    price_phone  VND for one to a telephone number; None: Zalo has not told it, so nothing is sent that way
    """

    id: str
    name: str
    status: str
    kind: int
    tag: int
    price: int
    params: tuple[TemplateParam, ...]
    price_phone: int | None = None

    @property
    def unknown_params(self) -> tuple[str, ...]:
        """The parameters that are required and that we cannot fill."""
        return tuple(each.name for each in self.params if each.required and each.name not in KNOWN_PARAMS)

    def fits(self, news: str) -> bool:
        """Say whether it can tell this kind of news: a rating template invites, and nothing else does.

        One without a price would go beyond any cap, so it is left.
        """
        is_right = (self.kind == RATING) == (news == "invitation")
        return self.status == ENABLED and is_right and self.price > 0 and not self.unknown_params

    def filled(self, values: Mapping[str, str]) -> dict[str, str] | None:
        """Return what is sent as its data; None where a value is missing or does not fit.

        A value that is too long is cut, but for the code of a petition, of which a part is worth nothing.
        """
        data = {}
        for each in self.params:
            value = unicodedata.normalize("NFC", values.get(each.name, "")).strip()
            if len(value) > each.longest:
                value = "" if each.name == "ma_ho_so" else value[: each.longest - 1].rstrip() + "…"
            if value and len(value) >= each.shortest:
                data[each.name] = value
            elif each.required:
                return None
        return data


def place(oa_id: str) -> tuple[str, str]:
    """Return where it stands when the list was asked for (`channel_states`), and as `reason` why it did not come."""
    return "zalo", f"{oa_id}:list"


def every(connection: Connection) -> list[Template]:
    """Return all templates, by name."""
    rows = connection.execute(select(*_COLUMNS).order_by(table.c.name, table.c.id))
    return [_template(row) for row in rows]


def seen_at(connection: Connection) -> datetime | None:
    """Return when the list was read last; None before that or for an empty one."""
    return connection.scalar(select(table.c.seen_at).order_by(table.c.seen_at.desc()).limit(1))


def keep(connection: Connection, templates: Sequence[Template], now: datetime, *, untold: Collection[str] = ()) -> None:
    """Keep the list as Zalo told it now; one that is not on it any more stays, as gone, where it is chosen.

    untold  numbers of those on it of which nothing more could be had: they stay as they were
    """
    known = {each.id for each in templates} | set(untold)
    chosen = set(connection.scalars(select(choice.c.template_id)))
    for old in connection.scalars(select(table.c.id)).all():
        if old not in known | chosen:
            connection.execute(delete(table).where(table.c.id == old))
        elif old not in known:
            connection.execute(table.update().where(table.c.id == old).values(status="GONE"))
    for each in templates:
        values = {
            "name": each.name, "status": each.status, "kind": each.kind, "tag": each.tag, "price": each.price,
            "params": [asdict(param) for param in each.params], "price_phone": each.price_phone, "seen_at": now,
        }  # fmt: skip
        new = insert_for(connection, table).values(id=each.id, **values)
        connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values))


def choices(connection: Connection) -> dict[str, str]:
    """Return which template tells what."""
    return {row.news: row.template_id for row in connection.execute(select(choice))}


def chosen(connection: Connection, news: str) -> Template | None:
    """Return the template that tells this kind of news and can be sent; None without one."""
    query = select(*_COLUMNS).join(choice, choice.c.template_id == table.c.id).where(choice.c.news == news)
    row = connection.execute(query).first()
    found = None if row is None else _template(row)
    return found if found is not None and found.fits(news) else None


def choose(connection: Connection, wanted: Mapping[str, str], *, actor: str, now: datetime) -> None:
    """Tell each kind of news by the template of this number from now on; an empty one: by none.

    Raises DomainError `template_wrong` for one that is unknown, not approved, or cannot tell this.
    """
    before, listed = choices(connection), {each.id: each for each in every(connection)}
    changed = {news: number for news, number in wanted.items() if number != before.get(news, "")}
    for news, number in changed.items():
        if number and (number not in listed or not listed[number].fits(news)):
            raise DomainError("template_wrong")
        connection.execute(delete(choice).where(choice.c.news == news))
        if number:
            connection.execute(insert(choice).values(news=news, template_id=number))
    if changed:
        audit.record(
            connection, at=now, actor=actor, action="zalo_template.choose", subject="channel:zalo", details=changed
        )


_COLUMNS = (
    table.c.id, table.c.name, table.c.status, table.c.kind, table.c.tag, table.c.price, table.c.params,
    table.c.price_phone,
)  # fmt: skip


def _template(row: Row[*tuple[Any, ...]]) -> Template:
    params = tuple(TemplateParam(**each) for each in row.params)
    return Template(row.id, row.name, row.status, row.kind, row.tag, row.price, params, row.price_phone)
