"""Numbers for news: kept encrypted while the consent stands and no longer, each step on record, no digit readable."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select

from offices.phones import read_mobile
from storage import audit, chats, personal_data, phone_consent, zalo_templates
from storage.chats import Caller, Chat
from storage.database import Database
from storage.phone_consent import KEPT_FOR
from storage.tables.audit import audit as trail
from storage.tables.consents import phone_consent as table
from storage.vault import Vault
from storage.zalo_templates import Template
from tests.codes import VAULT
from tests.conversations.world import everything

NOON = datetime(2026, 11, 16, 5, 0, tzinfo=UTC)
NUMBER = "+84912345678"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def arrives(connection: Connection, channel: str = "zalo", price: int | None = 300) -> Chat:
    """Have somebody write, at an office with a template for news of petitions."""
    template = Template("101", "Mẫu", zalo_templates.ENABLED, 1, 1, 200, (), price)
    zalo_templates.keep(connection, [template], NOON)
    zalo_templates.choose(connection, {"petition": "101"}, actor="system", now=NOON)
    return chats.welcome(connection, Caller(channel, "1", "5", "5", "vi"), NOON)


def acts(connection: Connection) -> list[str]:
    query = select(trail.c.action).where(trail.c.action.startswith("consent.")).order_by(trail.c.seq)
    return list(connection.scalars(query))


async def test_a_number_is_given_read_replaced_and_withdrawn_on_record(database: Database) -> None:
    def job(connection: Connection) -> None:
        person = arrives(connection).person_id
        phone_consent.give(connection, VAULT, person, "+84900000000", NOON)
        phone_consent.give(connection, VAULT, person, NUMBER, NOON)
        assert phone_consent.number_of(connection, VAULT, person, NOON) == NUMBER
        assert phone_consent.number_of(connection, Vault("another key"), person, NOON) is None
        assert phone_consent.count(connection) == 1
        assert "12345678" not in everything(connection)
        phone_consent.refuse(connection, person, NOON)
        phone_consent.refuse(connection, person, NOON)
        assert phone_consent.number_of(connection, VAULT, person, NOON) is None
        assert connection.execute(select(table.c.state, table.c.number_enc)).one() == ("withdrawn", None)
        assert acts(connection) == ["consent.give", "consent.give", "consent.withdraw"]
        assert audit.verify(connection)[1] is None

    await database.write(job)


async def test_its_time_over_it_is_forgotten_and_before_that_not_sent_to(database: Database) -> None:
    def job(connection: Connection) -> None:
        person, over = arrives(connection).person_id, NOON + KEPT_FOR
        phone_consent.give(connection, VAULT, person, NUMBER, NOON)
        assert phone_consent.forget_over(connection, over - timedelta(minutes=1)) == 0
        assert phone_consent.number_of(connection, VAULT, person, over) is None
        assert phone_consent.forget_over(connection, over) == 1
        assert not phone_consent.is_given(connection, person)
        assert connection.execute(select(table.c.state, table.c.number_enc)).one() == ("lapsed", None)
        assert acts(connection) == ["consent.give", "consent.lapse"]

    await database.write(job)


async def test_it_is_asked_once_a_year_and_never_of_who_gave_one(database: Database) -> None:
    def job(connection: Connection) -> None:
        chat = arrives(connection)
        assert phone_consent.may_ask(connection, chat, NOON)
        assert not phone_consent.may_ask(connection, chat, NOON + timedelta(days=364))
        phone_consent.refuse(connection, chat.person_id, NOON)
        assert acts(connection) == []
        assert phone_consent.may_ask(connection, chat, NOON + timedelta(days=365))
        phone_consent.give(connection, VAULT, chat.person_id, NUMBER, NOON)
        assert not phone_consent.may_ask(connection, chat, NOON + timedelta(days=1000))

    await database.write(job)


@ON_SQLITE
@pytest.mark.parametrize(("channel", "price", "serves"), [("zalo", 300, True), ("zalo", None, False),
                                                          ("telegram", 300, False), ("web", 300, False)])  # fmt: skip
async def test_nobody_is_asked_for_what_would_not_be_used(
    database: Database, channel: str, price: int | None, *, serves: bool
) -> None:
    def job(connection: Connection) -> bool:
        return phone_consent.may_ask(connection, arrives(connection, channel, price), NOON)

    assert await database.write(job) is serves


@ON_SQLITE
async def test_erasing_who_somebody_is_erases_the_number(database: Database) -> None:
    def job(connection: Connection) -> None:
        person = arrives(connection).person_id
        phone_consent.give(connection, VAULT, person, NUMBER, NOON)
        kept = personal_data.kept_about(connection, person)
        assert (kept.has_phone, kept.identity_parts) == (True, 1)
        personal_data.forget_identity(connection, person, NOON)
        kept = personal_data.kept_about(connection, person)
        assert (kept.has_phone, kept.identity_parts) == (False, 0)
        assert connection.execute(select(table.c.number_enc)).scalar_one() is None

    await database.write(job)


@ON_SQLITE
async def test_a_sealed_number_serves_for_its_own_person_only(database: Database) -> None:
    def job(connection: Connection) -> None:
        first = arrives(connection).person_id
        other = chats.welcome(connection, Caller("zalo", "1", "6", "6", "vi"), NOON).person_id
        phone_consent.give(connection, VAULT, first, NUMBER, NOON)
        stolen = dict(connection.execute(select(table)).mappings().one()) | {"person_id": other}
        connection.execute(insert(table).values(**stolen))
        assert phone_consent.number_of(connection, VAULT, other, NOON) is None

    await database.write(job)


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0912 345 678", NUMBER), ("84912345678", NUMBER), ("+84 (0)912-345-678", NUMBER), ("024 3825 0000", None),
     ("+1 202 555 0100", None), ("số của tôi", None), ("", None)],
)  # fmt: skip
def test_only_a_mobile_number_of_vietnam_is_one(typed: str, number: str | None) -> None:
    assert read_mobile(typed) == number
