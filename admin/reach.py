"""Over which units an official sees figures."""

from offices.staff import POWERS, Reach, Right, Staff
from offices.units import Directory
from storage.plan_report import subtree
from surveys.periods import Period


def reach_of(official: Staff, directory: Directory, period: Period) -> frozenset[str] | None:
    """Give the units whose figures an official sees in a period; None for the whole authority."""
    reaches = {POWERS[role].reach for role in official.roles if Right.SEE_FIGURES in POWERS[role].rights}
    if Reach.AUTHORITY in reaches:
        return None
    own = directory.heir(official.unit, period.end) if official.unit in directory else None
    return subtree(directory, own.code if own else official.unit, period)
