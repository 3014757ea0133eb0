"""The lifecycle table as a page: docs/lifecycle.md is this text, and a test keeps it so.

Written anew with `uv run python -c "from petitions.lifecycle_page import page; print(page(), end='')"`.
"""

from petitions.lifecycle import TRANSITIONS, Status, Transition
from petitions.names import names, reasons

_HEAD = """\
# The life of a petition

This page is written from `petitions/lifecycle.py`, `names.toml` and `reasons.toml`; change those, not this.

A petition is owned by exactly one unit from the moment it is received. The deadline's clock runs in every open status
but `need_info`. "Đã trả lời" (answered) says that the citizen was told; "đã giải quyết" (resolved) is a separate fact
with its own result and evidence or stated reason. A draft is approved by a leader who did not write it; only where
nobody else is active in the unit may its one leader approve his own draft, and the history says so. Who decided an
earlier look may pass the petition on as coordinator, but neither take it on nor close it again.

Conduct of officials is kept from the line of the unit it is about. What speaks of conduct though it was sent as
something else waits on the coordinator's desk; the coordinator may also find it later, by `triage`, at the unit itself:
then it is passed on at once.
"""


def page() -> str:
    """Render the page in Markdown."""
    return "\n".join([_HEAD, *(_section(status) for status in Status), _reasons()])


def _section(status: Status) -> str:
    name = names("status")[status]
    rows = [row for (at, _), row in TRANSITIONS.items() if at is status]
    lines = [f"## {status}: {name['vi']} ({name['en']})", ""]
    if not rows:
        return "\n".join([*lines, "Closed for good: nothing follows.", ""])
    return "\n".join([*lines, "| event | who may | needs | next |", "|---|---|---|---|", *map(_row, rows), ""])


def _row(row: Transition) -> str:
    event = names("event")[row.event]
    who = ", ".join(sorted(names("relation")[relation]["en"] for relation in row.who))
    needs = ", ".join(names("need")[need]["en"] for need in row.needs) or "–"
    following = "stays" if row.next is row.status else f"`{row.next}`"
    return f"| `{row.event}` {event['vi']} ({event['en']}) | {who} | {needs} | {following} |"


def _reasons() -> str:
    rows = [
        f"| `{reason.code}` | {reason.name['vi']} | {reason.name['en']} | {reason.source} |"
        for reason in reasons().values()
    ]
    return "\n".join(["## Reasons of refusal", "", "| code | vi | en | source |", "|---|---|---|---|", *rows, ""])
