"""Over which units an official sees figures."""

from offices.staff import POWERS, Reach, Right, Staff
from offices.units import Directory
from storage.plan_report import subtree
from surveys.periods import Period


def authority_wide(official: Staff) -> bool:
    """Whether the official sees figures of the whole authority."""
    return Reach.AUTHORITY in {
        POWERS[role].reach for role in official.roles if Right.SEE_FIGURES in POWERS[role].rights
    }


def own_unit(official: Staff, directory: Directory, period: Period) -> str:
    """Give the unit in which the official sees figures: the own one, or the one that took over from it."""
    own = directory.heir(official.unit, period.end) if official.unit in directory else None
    return own.code if own else official.unit


def reach_of(official: Staff, directory: Directory, period: Period) -> frozenset[str] | None:
    """Give the units whose figures an official sees in a period; None for the whole authority."""
    if authority_wide(official):
        return None
    return subtree(directory, own_unit(official, directory, period), period)
