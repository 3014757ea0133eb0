"""The dossiers behind the visits of the sample world: returned on the day of the visit, a few of them late."""

from datetime import date, timedelta
from random import Random

from sqlalchemy import Connection

from langnghe.demo.stage import Stage
from offices.dossiers import Dossier
from storage import dossiers
from surveys.visits import Service, Visit

LATE = 0.03
LONGEST_DAYS, LONGEST_EARLY, LONGEST_LATE = 14, 6, 5


def enter(connection: Connection, stage: Stage, visit: Visit, chance: Random) -> None:
    """Keep the dossier that ends with a visit of today; visits without a procedure have none."""
    if visit.service is Service.TTHC and visit.field is not None and visit.dossier is not None:
        dossiers.upsert(connection, [_returned(stage, visit.dossier, visit.unit, visit.field, chance)], stage.now)


def _returned(stage: Stage, code: str, unit: str, field: str, chance: Random) -> Dossier:
    found = stage.reference.directory.unit(unit)
    received_on = max(found.valid_from, stage.today - timedelta(days=chance.randint(0, LONGEST_DAYS)))
    return Dossier(
        code=code,
        procedure=f"MAU-{field.upper()}",
        unit=unit,
        field=field,
        level=found.tier,
        received_on=received_on,
        due_on=_due_on(received_on, stage.today, chance),
        returned_on=stage.today,
    )


def _due_on(received_on: date, returned_on: date, chance: Random) -> date:
    if chance.random() < LATE:
        return max(received_on, returned_on - timedelta(days=chance.randint(1, LONGEST_LATE)))
    return returned_on + timedelta(days=chance.randint(0, LONGEST_EARLY))
