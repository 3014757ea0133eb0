"""`langnghe verify-audit`: prove that the audit trail is whole."""

import click

from langnghe import store
from langnghe.failures import FAILED
from langnghe.parts import json_option, make, show_json
from langnghe.words import Words
from storage import audit


def command(words: Words) -> click.Command:
    """Make the command."""
    return make(words, "verify-audit", run, json_option(words))


def run(words: Words, *, as_json: bool) -> int:
    """Recompute the chain of hashes; the exit code is 1 when an entry was changed, removed or moved."""
    entries, fault = store.read(audit.verify)
    if as_json:
        told = None if fault is None else {"seq": fault.seq, "what": fault.what}
        show_json({"entries": entries, "whole": fault is None, "fault": told})
    elif fault is None:
        click.echo(words("audit.whole", entries=entries))
    else:
        click.echo(words("audit.broken", entries=entries, seq=str(fault.seq), what=fault.what))
    return 0 if fault is None else FAILED
