"""How many files, and how many bytes of files, one session and one address may bring."""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from math import ceil

from bot.channels.web.limits import Limits
from bot.channels.web.settings import WebSettings
from storage.files import FileStore, StoredFile
from storage.posted import FormRefused

DAY = 86_400
"""Seconds over which a spent allowance comes back."""


@dataclass(frozen=True, slots=True)
class Quota:
    """The allowances of all visitors: files in number, and their bytes in a day."""

    files: Limits
    volume: Limits

    @classmethod
    def of(cls, settings: WebSettings) -> "Quota":
        """Begin with full allowances."""
        volume = Limits(settings.upload_volume, settings.upload_volume / DAY, settings.address_factor)
        return cls(Limits(*settings.files, settings.address_factor), volume)


@dataclass(frozen=True, slots=True)
class CountedStore:
    """Keeps files for one visitor as far as his allowance goes."""

    store: FileStore
    quota: Quota
    session: str
    address: str

    async def keep(self, content: AsyncIterable[bytes], *, largest: int) -> StoredFile:
        """Keep a file as `FileStore.keep` does. Raises FormRefused: too_fast (seconds), upload_quota."""
        wait = self.quota.files.take(self.session, self.address)
        if wait:
            raise FormRefused("too_fast", seconds=ceil(wait))
        return await self.store.keep(self._counted(content), largest=largest)

    async def _counted(self, content: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """Count what arrives while it does: what a sender says of its size counts for nothing."""
        async for block in content:
            if self.quota.volume.take(self.session, self.address, len(block)):
                raise FormRefused("upload_quota")
            yield block
