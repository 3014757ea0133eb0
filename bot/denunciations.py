"""Denunciations (tố cáo): recognised before a word of them is kept, and led to their own channel (domain 7.3)."""

from bot.effects import Refused, Text
from petitions.kinds import Kind, signals


def is_denunciation(text: str) -> bool:
    """Say whether a text shows signs of a denunciation, whose sender the law keeps secret."""
    return any(signal.kind is Kind.DENUNCIATION for signal in signals(text))


def no_denunciation(text: str) -> None:
    """Refuse a denunciation; the refusal is secret, so that no line of it stays on our own page."""
    if is_denunciation(text):
        raise Refused(Text("petition.denunciation"), secret=True)
