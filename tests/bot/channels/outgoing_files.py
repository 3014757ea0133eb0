"""Files of our store that are to go to people."""

import io
from collections.abc import AsyncIterator

import openpyxl

from bot.messages import OutgoingFile
from storage.files import FolderStore

LARGEST = 20 * 1024 * 1024


async def kept(store: FolderStore, content: bytes, name: str) -> OutgoingFile:
    """Keep a file as one that an official attaches; people see it under `name`."""

    async def once() -> AsyncIterator[bytes]:
        yield content

    stored = await store.keep(once(), largest=LARGEST)
    return OutgoingFile(stored.ref, name, stored.mime, stored.size)


def xlsx() -> bytes:
    """Make an empty workbook."""
    made = io.BytesIO()
    openpyxl.Workbook().save(made)
    return made.getvalue()
