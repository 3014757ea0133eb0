"""`langnghe invite`: draw whom to ask, by a seed committed before, and follow who answered."""

import csv
import secrets
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from langnghe import store
from langnghe.clock import utc_now
from langnghe.config import load_config
from langnghe.failures import FAILED, WrongUse
from langnghe.parts import json_option, lang_option, make, period_options, show_json
from langnghe.scope import period_of
from langnghe.tables import table
from langnghe.words import Words
from offices.dossiers import StratumKey
from offices.errors import DomainError
from offices.quiet_hours import load_quiet_hours
from offices.worktime import LOCAL
from storage import draws, invitations, reference
from storage.draws import Draw, Ordered, Terms
from storage.facts import Ref
from storage.invitation_figures import Response, by_stratum
from storage.invitations import Printing, Slip, print_slips
from storage.reference import Reference
from surveys import sampling
from surveys.nonresponse import RESPONSE_BOUNDS
from surveys.sampling import SEED_BYTES, Quota, rate_of
from surveys.scoring import MINIMUM_N
from surveys.tokens import shown
from wording import formats

_RIGHT = frozenset(range(3, 11))


def command(words: Words) -> click.Command:
    """Make the group."""
    group = click.Group("invite", params=[lang_option(words)], help=words("help.invite"))
    number = click.Argument(["number"], metavar="DRAW", type=int)
    optional = click.Argument(["number"], metavar="[DRAW]", type=int, required=False)
    to = click.Option(["--to", "file"], required=True, type=click.Path(path_type=Path), help=words("option.to_file"))
    terms = Terms()
    commits = make(
        words, "invite-commit", commit, *period_options(words),
        click.Option(["--rate"], help=words("option.invite_rate")),
        click.Option(["--number"], type=int, help=words("option.invite_number")),
        click.Option(["--minimum"], type=int, default=10, help=words("option.invite_minimum")),
        click.Option(["--window"], type=int, default=terms.window_days, help=words("option.invite_window")),
        click.Option(["--life"], type=int, default=terms.life_days, help=words("option.invite_life")),
        json_option(words),
    )  # fmt: skip
    group.add_command(commits, "commit")
    group.add_command(make(words, "invite-draw", draw, number, json_option(words)), "draw")
    group.add_command(make(words, "invite-slips", slips, number, to), "slips")
    group.add_command(make(words, "invite-status", status, optional, json_option(words)), "status")
    group.add_command(make(words, "invite-check", check, number, json_option(words)), "check")
    return group


def commit(  # noqa: PLR0913 - the options of the command
    words: Words, *, start: date | None, end: date | None, rate: str | None, number: int | None, minimum: int,
    window: int, life: int, as_json: bool,
) -> None:  # fmt: skip
    """Commit to a draw; the seed is told when it is made."""
    if start is None or end is None:
        raise WrongUse("invite_period")
    period, quota, terms = period_of(start, end, end), Quota(_share(rate), number, minimum), Terms(window, life)
    key, nonce = load_config().token_key, secrets.token_hex(SEED_BYTES)
    by = Ordered(utc_now())
    found = store.write(lambda connection: draws.commit(connection, period, quota, terms, key, nonce, by))
    if as_json:
        show_json(_draw_as_json(found))
    else:
        click.echo(words("invite.committed", number=found.id, commitment=found.commitment, until=found.until))


def draw(words: Words, *, number: int, as_json: bool) -> None:
    """Make a draw and plan its invitations, in one transaction; show who can be reached."""
    key, by = load_config().token_key, Ordered(utc_now())
    store.write(lambda connection: invitations.draw_and_plan(connection, number, key, load_quiet_hours(), by))
    status(words, number=number, as_json=as_json)


def slips(words: Words, *, number: int, file: Path) -> None:
    """Write the codes of those whom no chat is known of into a new file; none is left where there are no codes."""
    config, by = load_config(), Ordered(utc_now())
    with file.open("x", encoding="utf-8-sig", newline="") as opened:
        file.chmod(0o600)
        try:
            made = store.write(lambda connection: print_slips(connection, number, config.token_key, by, Printing()))
        except DomainError:
            file.unlink()
            raise
        writer = csv.writer(opened)
        writer.writerow(
            [words(f"invite.slip.{name}") for name in ("unit", "field", "dossier", "code", "link", "until")]
        )
        writer.writerows(_slip(each, config.public_url) for each in made)
    click.echo(words("invite.slips_written", number=formats.count(len(made), words.language), file=str(file)))


def _slip(each: Slip, address: str) -> list[str]:
    dossier, until = each.dossier, each.expires_at.astimezone(LOCAL).date().isoformat()
    return [dossier.unit, dossier.field, dossier.code, shown(each.token), f"{address}/r/{each.token}", until]


def status(words: Words, *, number: int | None, as_json: bool) -> None:
    """Show every draw, or one with its strata."""
    if number is None:
        listed = store.read(draws.all_draws)
        if as_json:
            show_json([_draw_as_json(each) for each in listed])
        else:
            click.echo(_draws(words, listed))
        return
    found, strata, known = store.read(lambda connection: _one(connection, number))
    if as_json:
        show_json({**_draw_as_json(found), "strata": [_response_as_json(*each) for each in strata.items()]})
    else:
        click.echo(_draws(words, [found]) + ("\n\n" + _strata(words, strata, known) if found.drawn_at else ""))


def _one(connection: Connection, number: int) -> tuple[Draw, dict[StratumKey, Response], Reference]:
    return draws.by_id(connection, number), by_stratum(connection, number), reference.load(connection)


def check(words: Words, *, number: int, as_json: bool) -> int:
    """Draw again from the told seed: the commitment must hold, and the same list must give the same sample."""

    def job(connection: Connection) -> dict[str, bool]:
        found = draws.by_id(connection, number)
        if found.seed is None:
            raise WrongUse("invite_not_drawn", number=number)
        seed = bytes.fromhex(found.seed)
        again = sampling.draw(seed, draws.listed(connection, found), found.quota)
        return {
            "commitment": sampling.commitment(seed) == found.commitment,
            "list": again.list_digest == found.list_digest,
            "sample": again.digest == found.sample_digest,
        }

    held = store.read(job)
    is_right = held["commitment"] and (held["sample"] or not held["list"])
    if as_json:
        show_json({**held, "right": is_right})
    else:
        click.echo(
            "\n".join(words(f"invite.check.{name}_{'same' if same else 'other'}") for name, same in held.items())
        )
    return 0 if is_right else FAILED


def _share(typed: str | None) -> Fraction | None:
    if typed is None:
        return None
    try:
        return rate_of(typed)
    except DomainError:
        raise WrongUse("invite_rate", value=typed) from None


def _draws(words: Words, listed: list[Draw]) -> str:
    if not listed:
        return words("invite.none")
    head = [words(f"invite.{name}") for name in ("draw", "period", "quota", "state", "commitment")]
    rows = []
    for each in listed:
        since, until = (formats.date_text(day, words.language) for day in (each.since, each.until))
        state = "invite.is_drawn" if each.drawn_at else "invite.is_committed"
        rows.append([str(each.id), f"{since} – {until}", _quota(words, each.quota), words(state), each.commitment])
    return table(head, rows)


def _quota(words: Words, quota: Quota) -> str:
    if quota.rate is not None:
        percent = formats.percent(float(quota.rate), words.language)
        return words("invite.quota_rate", rate=percent, minimum=quota.minimum)
    return words("invite.quota_number", number=quota.number or 0, minimum=quota.minimum)


def _strata(words: Words, strata: dict[StratumKey, Response], known: Reference) -> str:
    names = ("unit", "field", "level", "listed", "drawn", "sent", "printed", "nobody", "left_out", "answered", "rate")
    total = reduce(add, strata.values(), Response())
    rows = [_line(words, _names(words, key, known), each) for key, each in strata.items()]
    rows.append(_line(words, [words("invite.all"), "", ""], total))
    reasons = ", ".join(
        words(f"invite.reason.{reason}", number=count) for reason, count in sorted(total.left_out.items())
    )
    lines = [table([words(f"invite.{name}") for name in names], rows, _RIGHT), ""]
    lines += [words("invite.left_out_because", reasons=reasons)] if reasons else []
    return "\n".join([*lines, _bounds(words, total)])


def _names(words: Words, key: StratumKey, known: Reference) -> list[str]:
    """Name a stratum: unit, field, level."""
    parts = (Ref("unit", key.unit), Ref("field", key.field))
    return [*(known.name_of(each, words.language) for each in parts), words(f"invite.tier.{key.level}")]


def _line(words: Words, names: list[str], each: Response) -> list[str]:
    given = each.sent + each.waiting
    numbers = (each.listed, each.drawn, given, each.printed, each.nobody, each.left_out.total(), each.answered)
    rate = "–" if each.rate is None else formats.percent(float(each.rate), words.language)
    return [*names, *(formats.count(number, words.language) for number in numbers), rate]


def _bounds(words: Words, total: Response) -> str:
    bounds = total.bounds
    if bounds is None or bounds.low is None or bounds.high is None:
        return words("invite.too_few", n=total.scored, invited=total.invited, minimum=MINIMUM_N)
    low, high = (formats.percent(float(each), words.language) for each in (bounds.low, bounds.high))
    return words("invite.bounds", n=bounds.n, invited=bounds.population, low=low, high=high)


def _draw_as_json(each: Draw) -> dict[str, Any]:
    return {
        "draw": each.id, "from": each.since.isoformat(), "to": each.until.isoformat(),
        "rate": None if each.quota.rate is None else str(each.quota.rate), "number": each.quota.number,
        "minimum": each.quota.minimum, "window_days": each.terms.window_days, "life_days": each.terms.life_days,
        "committed_on": each.committed_on.isoformat(), "commitment": each.commitment,
        "drawn_at": each.drawn_at.isoformat() if each.drawn_at else None, "seed": each.seed,
        "list_digest": each.list_digest, "sample_digest": each.sample_digest,
    }  # fmt: skip


def _response_as_json(key: StratumKey, each: Response) -> dict[str, Any]:
    bounds = each.bounds
    return {
        **key._asdict(), "listed": each.listed, "drawn": each.drawn, "waiting": each.waiting, "sent": each.sent,
        "reached": each.reached, "printed": each.printed, "nobody_known": each.nobody,
        "left_out": dict(sorted(each.left_out.items())), "invited": each.invited, "answered": each.answered,
        "response_rate": None if each.rate is None else float(each.rate), "n": each.scored,
        "low": None if bounds is None or bounds.low is None else float(bounds.low),
        "high": None if bounds is None or bounds.high is None else float(bounds.high), "formula_id": RESPONSE_BOUNDS,
    }  # fmt: skip
