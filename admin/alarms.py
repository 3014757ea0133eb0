"""What does not work now, in the words of whoever is signed in: the lines above every page."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from admin.pages import Alarm
from admin.words import Words
from offices.staff import Right, Staff, rights
from storage.channel_states import SYSTEM, WATCH, ChannelState

CHANNEL_NAMES = {"telegram": "Telegram", "zalo": "Zalo", "zalo_bot": "Zalo Bot", "web": "Web", "terminal": "Terminal"}
STALE_AFTER = timedelta(minutes=3)
"""The watch notes every minute that it is alive; later than this no worker is."""
FOR_ADMINISTRATORS = frozenset({"failures_wait", "changed", "damaged", "unsigned"})
"""What nobody else can do anything about, nor notices."""
PATH = "/admin/dead-letters"
ZALO_PATH = "/admin/zalo"


def alarms_for(
    official: Staff, states: Sequence[ChannelState], words: Words, now: datetime, *, refuses: bool = False
) -> tuple[Alarm, ...]:
    """Say what is wrong, the gravest first; who may put it right is led there.

    refuses  whether the store refused this process's last write
    """
    path = PATH if Right.MANAGE_CHANNELS in rights(official) else ""
    return tuple(_alarms(path, states, words, now, refuses=refuses))


def words_of_problem(state: ChannelState, words: Words) -> str:
    """Put a problem into words; a kind without words of its own is told plainly."""
    key = "changed_off" if state.problem == "changed" and not state.reason else state.problem
    return words.t(
        f"alarms.{key}" if words.has(f"alarms.{key}") else "alarms.other",
        channel=CHANNEL_NAMES.get(state.channel, state.channel),
        since=words.moment(state.since or state.checked_at),
        reason=state.reason or "",
        waiting=state.waiting,
    )


def _alarms(
    path: str, states: Sequence[ChannelState], words: Words, now: datetime, *, refuses: bool
) -> Iterator[Alarm]:
    if refuses:
        yield Alarm(words.t("alarms.store_refuses"))
    for state in sorted(states, key=lambda state: state.channel == SYSTEM):
        if (state.channel, state.account) == WATCH and now - state.checked_at > STALE_AFTER:
            yield Alarm(words.t("alarms.stale", since=words.moment(state.checked_at)))
        elif state.problem is not None and (path or state.problem not in FOR_ADMINISTRATORS):
            where = path and _place_of(state.problem, path)
            yield Alarm(words_of_problem(state, words), where, is_grave=state.problem != "failures_wait")


def _place_of(problem: str, usual: str) -> str:
    """Name the page where a problem is put right; what a damaged file needs is done at the machine, on no page."""
    if problem == "damaged":
        return ""
    return ZALO_PATH if problem.startswith(("token_", "templates_", "billed_", "send_")) else usual
