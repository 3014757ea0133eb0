"""How petitions go: each plot reads like the story of one case."""

from collections.abc import Callable
from typing import Any

from langnghe.demo.cases import Case
from langnghe.demo.samples import letters
from langnghe.demo.stage import Plot
from petitions.lifecycle import Status
from petitions.routing import in_line_of

PUBLISHED, RESOLVED, RATED = 0.85, 0.75, 0.55
"""How often an answer is published, a problem solved and recorded, an answer rated."""

CasePlot = Callable[[Case], Plot]


def _reach(case: Case) -> Plot:
    """Bring a petition from the coordinator's desk to those who handle it; most are there already."""
    if case.status is not Status.RECEIVED:
        return
    yield case.in_days(case.chance.choice((0, 0, 1)))
    if case.chance.random() < 0.4:  # noqa: PLR2004 - some are looked through first
        yield case.triage()
        yield case.in_days(0)
    unit = _other_unit(case)
    if unit and case.chance.random() < 0.5:  # noqa: PLR2004 - half are handed on
        yield case.forward(unit)


def _other_unit(case: Case) -> str | None:
    """Find the unit for the conduct of officials when the desk does not keep it: not in the line it is about."""
    reference, about = case.stage.reference, case.about
    for unit in reference.directory.for_field("internal_affairs", case.stage.today):
        in_line = about is not None and in_line_of(unit.code, about, case.stage.today, reference.directory)
        if unit.code != case.unit and not in_line:
            return unit.code
    return None


def _taken_on(case: Case) -> Plot:
    yield from _reach(case)
    yield case.in_days(case.chance.choice((0, 1, 1, 2)))
    yield case.accept()


def _answered(case: Case, days: int) -> Plot:
    """Write, approve and send the answer after so many working days."""
    yield case.in_days(days)
    yield case.draft()
    yield case.in_days(case.chance.choice((0, 1)))
    yield case.approve()


def _afterwards(case: Case, pleased: float = 0.72) -> Plot:
    """Publish, solve, rate: whichever is done."""
    if case.chance.random() < RATED:
        yield case.days_later(1)
        yield case.rate(
            case.chance.choice((4, 5, 5)) if case.chance.random() < pleased else case.chance.choice((1, 2, 3))
        )
    if case.chance.random() < PUBLISHED and not case.is_about_desk:
        yield case.in_days(case.chance.choice((0, 1, 1, 1, 2, 4)))
        yield case.publish()
    if case.sample.result and case.chance.random() < RESOLVED:
        yield case.in_days(case.chance.randint(2, 8))
        yield case.resolve()


def in_time(case: Case) -> Plot:
    """Take it on and answer well before the end."""
    yield from _taken_on(case)
    yield from _answered(case, case.chance.randint(3, 10))
    yield from _afterwards(case)


def asked_first(case: Case) -> Plot:
    """Ask the sender, get a reply, answer."""
    question = case.letter("questions")
    yield from _taken_on(case)
    yield case.in_days(case.chance.randint(1, 3))
    yield case.ask(question["ask"])
    yield case.days_later(2)
    yield case.supply(question["reply"])
    yield from _answered(case, case.chance.randint(2, 7))
    yield from _afterwards(case)


def asked_in_vain(case: Case) -> Plot:
    """Ask the sender, hear nothing; go on without the reply, or refuse what stays unclear."""
    yield from _taken_on(case)
    yield case.in_days(1)
    yield case.ask(case.letter("questions")["ask"])
    yield case.in_days(10)
    if case.chance.random() < 0.5:  # noqa: PLR2004 - one or the other
        yield case.reject("unclear", letters()["unclear"])
        return
    yield case.resume()
    yield from _answered(case, case.chance.randint(2, 6))
    yield from _afterwards(case, pleased=0.5)


def returned(case: Case) -> Plot:
    """Have the first draft sent back by the leader; the sender adds something meanwhile."""
    yield from _taken_on(case)
    yield case.in_days(case.chance.randint(2, 5))
    yield case.draft()
    yield case.in_days(1)
    yield case.return_draft()
    yield case.days_later(0.4)
    yield case.add()
    yield from _answered(case, case.chance.randint(1, 4))
    yield from _afterwards(case)


def transferred(case: Case) -> Plot:
    """Find that another unit answers for it."""
    yield from _reach(case)
    yield case.in_days(1)
    home, other = case.unit, case.another_unit()
    if case.status is Status.FORWARDED and other:
        yield case.transfer(other)
        yield case.in_days(1)
    yield case.accept()
    if case.unit == home:
        yield case.in_days(1)
    yield from _answered(case, case.chance.randint(4, 11))
    yield from _afterwards(case)


def sent_back(case: Case) -> Plot:
    """Give it back to the coordinator, who forwards it to another unit."""
    yield from _reach(case)
    other = case.another_unit()
    if case.status is Status.FORWARDED and other and case.unit != case.desk_unit:
        yield case.in_days(1)
        yield case.send_back()
        yield case.in_days(1)
        yield case.forward(other)
    yield from _taken_on(case)
    yield from _answered(case, case.chance.randint(4, 10))
    yield from _afterwards(case)


def late(case: Case) -> Plot:
    """Answer after the end: the leader is reminded every day, then the coordinator."""
    yield from _taken_on(case)
    yield from _answered(case, case.chance.randint(15, 20))
    yield from _afterwards(case, pleased=0.35)


def extended(case: Case) -> Plot:
    """Need more time, say so in time, answer within it."""
    yield from _taken_on(case)
    yield case.in_days(case.chance.randint(8, 11))
    yield case.extend()
    yield from _answered(case, case.chance.randint(4, 8))
    yield from _afterwards(case, pleased=0.6)


def refused(case: Case) -> Plot:
    """Refuse it, with a reason and a way out."""
    rejection = case.letter("rejections")
    yield from _reach(case)
    yield case.in_days(case.chance.choice((0, 1)))
    yield case.reject(rejection["reason"], rejection["text"])


def redirected(case: Case) -> Plot:
    """Lead the sender to the authority that is competent."""
    yield from _reach(case)
    yield case.in_days(case.chance.choice((0, 1)))
    yield case.redirect()


def withdrawn(case: Case) -> Plot:
    """Be taken back by the sender."""
    yield from _taken_on(case)
    yield case.days_later(2)
    yield case.withdraw()


def looked_at_again(case: Case) -> Plot:
    """Be answered badly, and looked at again by somebody else."""
    yield from _taken_on(case)
    yield from _answered(case, case.chance.randint(4, 9))
    yield case.days_later(1)
    yield case.rate(case.chance.choice((1, 2)))
    yield case.days_later(0.2)
    yield case.second_look()
    yield from _taken_on_again(case)
    yield from _answered(case, case.chance.randint(3, 8))
    yield from _afterwards(case)


def looked_at_three_times(case: Case) -> Plot:
    """Go one level up the third time."""
    yield from _taken_on(case)
    yield from _answered(case, 5)
    yield case.days_later(1)
    yield case.second_look()
    yield from _taken_on_again(case)
    yield from _answered(case, 4)
    yield case.days_later(1)
    yield case.second_look()
    yield from _taken_on_again(case)
    yield from _answered(case, 3)
    yield from _afterwards(case)


def _taken_on_again(case: Case) -> Plot:
    yield case.in_days(1)
    yield case.accept()


COURSES: tuple[tuple[CasePlot, int], ...] = (
    (in_time, 46),
    (asked_first, 10),
    (asked_in_vain, 3),
    (returned, 7),
    (transferred, 6),
    (sent_back, 3),
    (late, 9),
    (extended, 4),
    (refused, 4),
    (redirected, 3),
    (withdrawn, 2),
    (looked_at_again, 4),
    (looked_at_three_times, 1),
)
"""How petitions go, and how often."""


def standing_at(status: Status) -> CasePlot:
    """Give the plot of a petition that stands in an open status when the simulated time ends."""

    def stands(case: Case) -> Plot:
        for step in _STEPS_TO[status]:
            yield case.in_days(case.chance.choice((0, 1)))
            yield step(case)

    return stands


_STEPS_TO: dict[Status, tuple[Callable[[Case], Any], ...]] = {
    Status.RECEIVED: (),
    Status.TRIAGED: (Case.triage,),
    Status.FORWARDED: (),
    Status.ACCEPTED: (Case.accept,),
    Status.NEED_INFO: (Case.accept, lambda case: case.ask(letters()["questions"][0]["ask"])),
    Status.DRAFTED: (Case.accept, Case.draft),
    Status.APPROVED: (Case.accept, Case.draft, Case.approve_only),
}
