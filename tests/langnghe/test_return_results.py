"""`langnghe return-results`: how many it is for, and that the service is told to begin."""

from datetime import date

import pytest
from sqlalchemy import Connection, insert, select

from langnghe import store
from storage.tables.delivery import due
from storage.tables.ratings import rating
from storage.tables.results import results_consent
from tests.langnghe.office import add_ratings, as_json, done, refused

Q1 = ("UH24", "UH24-Q1", "2024")


def consent_two() -> None:
    def job(connection: Connection) -> None:
        people = connection.scalars(select(rating.c.person_id).order_by(rating.c.id).limit(2)).all()
        at = connection.execute(select(rating.c.started_at).limit(1)).scalar_one()
        for person in people:
            given = {"state": "given", "version": 1, "asked_at": at, "changed_at": at}
            connection.execute(insert(results_consent).values(person_id=person, **given))

    store.write(job)


def planned() -> list[str]:
    query = select(due.c.unique_key).where(due.c.kind == "return-results", due.c.state == "waiting")
    return store.read(lambda connection: list(connection.scalars(query)))


@pytest.mark.usefixtures("office")
def test_a_dry_run_tells_how_many_and_begins_nothing() -> None:
    assert "chưa chốt" in refused("return-results", *Q1)[1]
    add_ratings([5] * 12, day=date(2024, 3, 1))
    done("close-period", *Q1)
    consent_two()
    said = as_json("return-results", *Q1, "--dry-run")
    assert (said["consenting"], said["written"], len(said["units"]), said["begun"]) == (2, 0, 1, False)
    assert planned() == []  # closed long after its end: nobody is told by itself
    assert "2 người" in done("return-results", *Q1)
    assert len(planned()) == 1
