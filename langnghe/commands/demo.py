"""`langnghe demo`: a sample authority with a year behind it, made at the first start and served on this machine."""

import asyncio
import logging
import sys
from contextlib import nullcontext
from datetime import date

import click

from langnghe import clock
from langnghe.config import load_config
from langnghe.demo.home import Home, serves
from langnghe.demo.serving import clock_of, demo_config, serve
from langnghe.demo.wish import Wish, usual_day
from langnghe.failures import WrongUse
from langnghe.logs import log_as_json
from langnghe.one_server import only_server
from langnghe.parts import Day, make
from langnghe.words import Words
from offices.presets import load_preset, preset_names
from wording.formats import date_text

PRESET = "commune-2025"
SMALLEST, LARGEST = 0.01, 10.0

USUAL_SCALE = 0.7
"""About 5,000 ratings and 240 petitions: a year to look at, made in under a minute on two slow cores."""


def command(words: Words) -> click.Command:
    """Make the command."""
    scales = click.FloatRange(SMALLEST, LARGEST)
    return make(
        words, "demo", run_demo,
        click.Option(["--preset"], default=PRESET, help=words("option.preset", names=", ".join(preset_names()))),
        click.Option(["--fresh"], is_flag=True, help=words("option.fresh")),
        click.Option(["--no-serve"], is_flag=True, help=words("option.no_serve")),
        click.Option(["--today"], type=Day(), help=words("option.today")),
        click.Option(["--scale"], type=scales, default=USUAL_SCALE, help=words("option.scale")),
        click.Option(["--seed"], type=int, default=1, help=words("option.seed")),
    )  # fmt: skip


def run_demo(
    words: Words, *, preset: str, fresh: bool, no_serve: bool, today: date | None, scale: float, seed: int
) -> None:
    """Make the world where there is none that serves, then serve it."""
    wish = _wish(preset, today, scale, seed)
    config = load_config()
    log_as_json(logging.WARNING)
    home = Home(config.data_dir)
    lived = home.world()
    if fresh or lived is None or not serves(lived, wish, exactly=today is not None):
        # A world that is being served is not taken away from under its server.
        with only_server(f"sqlite:///{home.database}") if lived else nullcontext():
            asyncio.run(_make(home, wish, words))
        lived = wish
    if no_serve:
        click.echo(words("demo.there", folder=str(home.folder)))
        return
    # A world of today goes by the real clock, also on the days after.
    by = clock.utc_now if today is None and wish.authority.valid_to is None else clock_of(lived)
    asyncio.run(serve(demo_config(config, home), by, words, click.echo))


def _wish(preset: str, today: date | None, scale: float, seed: int) -> Wish:
    if preset not in preset_names():
        raise WrongUse("preset_unknown", name=preset, names=", ".join(preset_names()))
    wish = Wish(preset, today or usual_day(load_preset(preset), clock.today()), scale, seed)
    last = wish.authority.valid_to
    if not wish.is_possible and last is None:
        raise WrongUse("demo_day_from", preset=preset, first=wish.first_day)
    if not wish.is_possible and last is not None:
        raise WrongUse("demo_day", preset=preset, first=wish.first_day, last=last)
    return wish


async def _make(home: Home, wish: Wish, words: Words) -> None:
    """Make the world, and show how far it is where somebody watches."""
    click.echo(
        words("demo.making", authority=words.of({"vi": wish.authority.title.vi, "en": wish.authority.title.en})),
        err=True,
    )
    watched = sys.stderr.isatty()

    def progress(day: date) -> None:
        if watched:
            click.echo(f"\r  {date_text(day, words.language)}  ", nl=False, err=True)

    await home.make(wish, progress)
    if watched:
        click.echo("\r" + " " * 30 + "\r", nl=False, err=True)
