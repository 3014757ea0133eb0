"""How many suspect ratings a figure holds: said beside every figure, with the way to them for who may review them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from admin.calls import Call
from offices.staff import Right, rights
from storage import flagged_ratings, kept_checks
from storage.plan_report import TargetRow
from surveys.metrics import with_parts
from surveys.periods import Period


@dataclass(frozen=True)
class Suspects:
    """Suspect ratings of a scope by what they are about; `path` leads to them, empty for who may not review."""

    by_group: Mapping[flagged_ratings.Group, int]
    path: str = ""

    def among(self, questionnaire: str | None, fields: Sequence[str] = (), services: Sequence[str] = ()) -> int | None:
        """Count those that a figure holds, of all fields and services without any; None without a questionnaire."""
        if questionnaire is None:
            return None
        return sum(
            number
            for (code, field, service), number in self.by_group.items()
            if code == questionnaire and (not fields or field in fields) and (not services or service in services)
        )

    def in_target(self, row: TargetRow) -> int | None:
        """Count those in the figure of a target."""
        metric = row.target.applies_to or row.target.metric
        services = [service.value for service in metric.services]
        return self.among(row.measured.questionnaire, with_parts(row.target.fields), services)


def suspects_of(call: Call, connection: Connection, period: Period, units: frozenset[str] | None) -> Suspects | None:
    """Count the suspect ratings of a scope; None when none of its days was checked yet."""
    if kept_checks.latest(connection, period) is None:
        return None
    path = f"/admin/integrity?{call.request.query_string}" if Right.REVIEW_RATINGS in rights(call.me) else ""
    return Suspects(flagged_ratings.suspects(connection, period, units), path)
