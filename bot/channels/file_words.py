"""What is said in the place of a file that cannot go with its message."""

from dataclasses import replace
from datetime import datetime

from bot.channels.numbered import channel_texts
from bot.file_links import LINK_DAYS, FileLinks
from bot.messages import Outgoing, OutgoingFile


def with_link(outgoing: Outgoing, file: OutgoingFile, links: FileLinks, now: datetime) -> Outgoing:
    """Return the message with a link in the place of its file, where its channel does not take it."""
    return _instead(outgoing, "file.link", file, link=links.link(file, now), days=LINK_DAYS)


def without_file(outgoing: Outgoing, file: OutgoingFile) -> Outgoing:
    """Return the message with a plain word that its file is in our store no more."""
    return _instead(outgoing, "file.missing", file)


def _instead(outgoing: Outgoing, key: str, file: OutgoingFile, **facts: str | int) -> Outgoing:
    said = channel_texts().text(key, outgoing.language, {"name": file.name, **facts})
    return replace(outgoing, text="\n\n".join(filter(None, (outgoing.text.strip(), said))), file=None)
