"""`langnghe invite`: committed, drawn, printed, followed and checked from the command line."""

import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from langnghe import store
from langnghe.clock import today, utc_now
from langnghe.config import load_config
from storage import dossiers, visit_tokens
from storage.tables.dossiers import dossier
from storage.tables.invitations import draw
from surveys.sampling import commitment
from tests.langnghe.office import UNIT, as_json, call, done, refused
from tests.offices.builders import a_dossier
from tests.storage.ratings_world import add_person, desk_at, rate

pytestmark = pytest.mark.usefixtures("office")
DAY = timedelta(days=1)


def committed(*options: str) -> Any:
    period = ("--from", today().isoformat(), "--to", (today() + 2 * DAY).isoformat())
    return as_json("invite", "commit", *period, *(options or ("--number", "2", "--minimum", "0")))


def pass_days(number: int, which: int = 1) -> None:
    """Have a draw lie so many days back, for no test moves the machine's clock."""
    stored = store.read(lambda connection: connection.execute(draw.select().where(draw.c.id == which)).one())
    values = {name: getattr(stored, name) - number * DAY for name in ("since", "until", "committed_on")}
    store.write(lambda connection: connection.execute(update(draw).where(draw.c.id == which).values(**values)))


def returned(*codes: str, on: date) -> None:
    listed = [a_dossier(code=code, unit=UNIT, received_on=on, due_on=None, returned_on=on) for code in codes]
    store.write(lambda connection: dossiers.upsert(connection, listed, utc_now()))


@pytest.fixture
def drawn(office: Path) -> Any:  # noqa: ARG001 - the office must be there first
    found = committed()
    pass_days(10)
    returned("H-1", "H-2", "H-3", on=today() - 9 * DAY)
    return found, as_json("invite", "draw", "1")


def test_a_draw_is_committed_made_shown_and_checked(drawn: Any) -> None:
    found, made = drawn
    assert found["seed"] is None
    assert commitment(bytes.fromhex(made["seed"])) == found["commitment"]
    [stratum] = made["strata"]
    assert (stratum["unit"], stratum["listed"], stratum["drawn"], stratum["nobody_known"]) == (UNIT, 3, 2, 2)
    assert (stratum["response_rate"], stratum["low"]) == (None, None)
    said = done("invite", "status", "1")
    assert found["commitment"] in said
    assert re.search(r"Phòng Kinh tế +Đất đai +Xã +3 +2", said)
    assert UNIT not in said
    assert "Chưa đủ phiếu: 0 trả lời trên 0 được mời" in said
    assert "Rút lại ra đúng mẫu đã rút." in done("invite", "check", "1")
    assert refused("invite", "draw", "1")[1] == "Lần rút thăm 1 đã thực hiện rồi; mỗi kỳ chỉ rút một lần."


@pytest.mark.usefixtures("drawn")
def test_a_list_that_changed_is_told_and_a_seed_that_was_changed_is_found_out() -> None:
    store.write(
        lambda connection: connection.execute(update(dossier).values(field="justice").where(dossier.c.code == "H-1"))
    )
    told = as_json("invite", "check", "1")
    assert told == {"commitment": True, "list": False, "sample": told["sample"], "right": True}
    store.write(lambda connection: connection.execute(update(draw).values(seed="00" * 32)))
    result = call("invite", "check", "1")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (1, "MẦM KHÔNG ĐÚNG VỚI CAM KẾT.")


@pytest.mark.usefixtures("drawn")
def test_a_dossier_whose_day_is_corrected_stays_with_the_draw_that_drew_it() -> None:
    committed("--rate", "100", "--minimum", "0")
    pass_days(5, which=2)
    returned("H-1", "H-2", "H-3", on=today() - 4 * DAY)
    [stratum] = as_json("invite", "draw", "2")["strata"]
    assert (stratum["listed"], stratum["drawn"]) == (1, 1)


@pytest.mark.usefixtures("drawn")
def test_slips_are_written_once_into_a_new_file_and_their_codes_open(tmp_path: Path) -> None:
    file = tmp_path / "ma.csv"
    assert "Đã ghi 2 mã" in done("invite", "slips", "1", "--to", str(file))
    assert file.stat().st_mode & 0o077 == 0
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["Đơn vị"] for row in rows] == [UNIT] * 2
    before = file.read_bytes()
    assert call("invite", "slips", "1", "--to", str(file)).exit_code == 1
    assert file.read_bytes() == before

    answer(rows[0]["Mã đánh giá"])
    [stratum] = as_json("invite", "status", "1")["strata"]
    assert (stratum["printed"], stratum["answered"], stratum["response_rate"]) == (2, 1, 0.5)
    assert (stratum["n"], stratum["low"], stratum["high"]) == (1, None, None)


@pytest.mark.usefixtures("drawn")
def test_what_an_official_filled_in_or_nobody_finished_is_no_answer(tmp_path: Path) -> None:
    done("invite", "slips", "1", "--to", str(tmp_path / "ma.csv"))
    with (tmp_path / "ma.csv").open(encoding="utf-8-sig", newline="") as opened:
        helped, left = (row["Mã đánh giá"] for row in csv.DictReader(opened))

    def job(connection: Connection) -> None:
        key, now = load_config().token_key, utc_now()
        for code, is_helped in ((helped, True), (left, False)):
            who = add_person(connection)
            visit = replace(
                visit_tokens.redeem(connection, key, code, who, now), verified=not is_helped, assisted=is_helped
            )
            number, desk = rate(connection, visit=visit, who=who, at=now), desk_at(connection, now)
            if is_helped:
                desk.answer(number, "comment", None)
                desk.finish(number)
            else:
                desk.abandon(number)

    store.write(job)
    [stratum] = as_json("invite", "status", "1")["strata"]
    assert (stratum["printed"], stratum["answered"], stratum["n"]) == (2, 0, 0)


@pytest.mark.usefixtures("drawn")
def test_no_file_is_left_where_there_is_no_code(tmp_path: Path) -> None:
    file = tmp_path / "ma.csv"
    assert refused("invite", "slips", "7", "--to", str(file))[1] == "Không có lần rút thăm số 7."
    assert not file.exists()


def answer(code: str) -> None:
    """Rate by a code as somebody who is not satisfied."""

    def job(connection: Connection) -> None:
        key, now, who = load_config().token_key, utc_now(), add_person(connection)
        visit = visit_tokens.redeem(connection, key, code, who, now)
        given: dict[str, Any] = {"overall": 2, "reason": "waiting", "comment": None}
        desk_at(connection, now).finish(rate(connection, visit=visit, who=who, answers=given, at=now))

    store.write(job)


def test_from_ten_answers_on_the_bounds_are_told(tmp_path: Path) -> None:
    committed("--rate", "100")
    pass_days(10)
    returned(*(f"H-{number}" for number in range(12)), on=today() - 9 * DAY)
    done("invite", "draw", "1")
    done("invite", "slips", "1", "--to", str(tmp_path / "ma.csv"))
    with (tmp_path / "ma.csv").open(encoding="utf-8-sig", newline="") as opened:
        codes = [row["Mã đánh giá"] for row in csv.DictReader(opened)]
    for code in codes[:10]:
        answer(code)
    [stratum] = as_json("invite", "status", "1")["strata"]
    assert (stratum["n"], stratum["low"], stratum["high"]) == (10, 0, 2 / 12)
    assert "từ 0,00% đến 16,67% (10 trả lời trên 12 được mời)" in done("invite", "status", "1")


def test_nothing_wrong_is_committed_to() -> None:
    assert done("invite", "status").strip() == "Chưa có lần rút thăm nào."
    ahead = ("--from", today().isoformat(), "--to", (today() + DAY).isoformat())
    assert refused("invite", "commit", "--number", "2") == (2, "Xin ghi đủ --from và --to.")
    assert refused("invite", "commit", *ahead, "--rate", "mười")[0] == 2
    assert refused("invite", "commit", *ahead)[1].startswith("Xin ghi hoặc tỷ lệ")
    assert refused("invite", "commit", *ahead, "--rate", "10", "--number", "3")[0] == 1
    assert refused("invite", "draw", "7") == (1, "Không có lần rút thăm số 7.")
    found = committed("--rate", "2,5")
    assert (found["rate"], found["number"], found["minimum"]) == ("1/40", None, 10)
    assert refused("invite", "check", "1")[0] == 2
    assert refused("invite", "draw", "1")[1].startswith("Kỳ chưa hết")
    assert "2,50%, ít nhất 10" in done("invite", "status")
