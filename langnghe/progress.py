"""How far a long command is, on standard error; nothing where nobody sees it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click

Tell = Callable[[int, int], None]


@contextmanager
def bar(label: str, *, hidden: bool = False) -> Iterator[Tell]:
    """Give what draws the bar: call it with how much is done and how much there is."""
    with ExitStack() as stack:
        drawn: list[Any] = []

        def tell(done: int, total: int) -> None:
            if hidden or not total:
                return
            if not drawn:
                made = click.progressbar(length=total, label=label, file=sys.stderr)
                drawn.append(stack.enter_context(made))
            drawn[0].update(done - drawn[0].pos)

        yield tell
