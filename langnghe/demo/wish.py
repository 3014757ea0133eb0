"""Which sample world is wanted: the same wish always gives the same world."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property

from offices.presets import Preset, load_preset
from offices.worktime import LOCAL

YEAR = timedelta(days=365)
QUARTER = timedelta(days=91)
SHORTEST = timedelta(days=60)
"""A world needs so many days, or its figures say nothing."""


@dataclass(frozen=True)
class Wish:
    """A sample world.

    preset  name of the authority's preset
    today   the local day on which the simulated time ends, at its first minute
    scale   1 = the full world; 0.1 has a tenth of its ratings and petitions
    seed    chooses among worlds of the same kind
    """

    preset: str
    today: date
    scale: float = 1.0
    seed: int = 1

    @cached_property
    def authority(self) -> Preset:
        """The preset itself; DataError for an unknown one."""
        return load_preset(self.preset)

    @property
    def year_from(self) -> date:
        """First day of the year that is lived through in full."""
        return max(self.authority.valid_from, self.today - YEAR)

    @property
    def quarter_from(self) -> date:
        """First day of the quarter before: the same months a year ago, as far as the authority was there."""
        return max(self.authority.valid_from, self.today - YEAR - QUARTER)

    @property
    def ends_at(self) -> datetime:
        """The moment at which the simulated time ends."""
        return datetime.combine(self.today, time(), LOCAL)

    @property
    def first_day(self) -> date:
        """The earliest day on which a world of this preset may end."""
        return self.authority.valid_from + SHORTEST

    @property
    def is_possible(self) -> bool:
        """Whether the authority is there long enough by that day, and still is."""
        last = self.authority.valid_to
        return self.first_day <= self.today and (last is None or self.today <= last)

    def number(self, full: int) -> int:
        """Scale a number of the full world, at least one."""
        return max(1, round(full * self.scale))


def usual_day(preset: Preset, today: date) -> date:
    """Return the day on which a world ends unless another is asked for: today, or the authority's last day."""
    return min(today, preset.valid_to) if preset.valid_to else today
