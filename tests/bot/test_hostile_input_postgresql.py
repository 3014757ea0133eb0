"""PostgreSQL refuses letters that SQLite takes (NUL above all): everything hostile once more, in one database."""

import pytest

from bot.messages import IncomingKind
from tests.bot.office import Office
from tests.bot.test_hostile_input import DATA, FILES, RAW, TEXTS, readable, receiver, still_talks

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def test_nothing_hostile_breaks_postgresql(office: Office) -> None:
    for line in ("/phananh", "hiện trường", "bo qua", "bo qua"):
        await office.says(line, who="writer")
    for name, text in TEXTS.items():
        await office.says(text, who="writer")
        assert await office.dead_letters() == [], name
        await office.says("quay lại", who="writer")
        await office.takes(text=text, who=f"new {len(name)}", name=text, username=text, language=text[:4])
        assert await office.dead_letters() == [], name
    for data in DATA:
        for kind in (IncomingKind.PRESS, IncomingKind.START, IncomingKind.COMMAND):
            await office.takes(kind, who="writer", data=data, text=data)
            assert await office.dead_letters() == [], (kind, data)
    for file in FILES:
        await office.takes(IncomingKind.FILE, file=file, text="\ud800\x00")
    assert await office.dead_letters() == []
    for raw in RAW:
        await receiver(office).take(raw)
    await office.reads(readable)
    await still_talks(office, "last")
