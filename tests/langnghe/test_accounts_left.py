"""How an account was that is in the settings no more is told of no longer."""

from pathlib import Path

from sqlalchemy import Connection

from storage import channel_states
from tests.conversations.world import START, World

OA = "579745863508352884"


async def known(world: World) -> set[tuple[str, str]]:
    async with world.service() as service:
        found = await service.database.read(channel_states.every)
    return {(each.channel, each.account) for each in found if each.problem}


async def test_the_problems_of_an_account_go_with_it(tmp_path: Path) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/langnghe.db", telegram=("17:sample-token", "http://127.0.0.1:9"))
    world.settings = {"zalo_oa_id": OA, "zalo_app_id": "1"}
    await world.install()
    ours = {("zalo", OA), ("zalo", f"{OA}:templates"), ("zalo", "webhook"), ("telegram", "17"), channel_states.OUTBOX}
    others = {("zalo", "4"), ("zalo", f"{OA}1"), ("zalo", "4:templates"), ("telegram", "171")}

    def have_problems(connection: Connection) -> None:
        for place in ours | others:
            channel_states.put(connection, place, problem="sample", now=START)

    await world.writes(have_problems)
    assert await known(world) == ours
    world.settings, world.telegram = {}, None
    assert await known(world) == {channel_states.OUTBOX}
