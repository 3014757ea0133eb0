"""Encryption of a backup: AES-256-GCM in chunks, so that nobody can change, cut, reorder or read any of them.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): the nonce of a chunk holds its number and whether
it is the last. Every stream has a key of its own, derived from the backup key and a random salt, so that no nonce is
ever used twice with one key, and memory holds one chunk whatever the size.
"""

import hashlib
import io
import secrets
from dataclasses import dataclass
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage.backup.errors import BackupError

MAGIC = b"langnghe-backup\n"
VERSION = 1
CHUNK = 64 * 1024
TAG = 16
_SALT, _CHECK, _SUM = 16, 16, 8
HEADER = len(MAGIC) + 4 + _SALT + _CHECK + _SUM
_LOG_N, _R, _P = 15, 8, 1
"""Cost of scrypt: 32 MB and a tenth of a second for each guess at a key."""
_COSTLIEST = 20
_FEWEST, _MOST_R, _MOST_P = 10, 16, 4


@dataclass(frozen=True, slots=True)
class Seal:
    """The head of a backup file and the key that belongs to it."""

    header: bytes
    master: bytes

    def cipher(self, stream: str) -> AESGCM:
        """Return the cipher of one of the file's streams."""
        return AESGCM(_derive(self.master, stream, 32))


def new_seal(key: bytes) -> Seal:
    """Make the head of a new file, sealed with this key."""
    costs = bytes([VERSION, _LOG_N, _R, _P])
    salt = secrets.token_bytes(_SALT)
    master = _master(key, salt, _LOG_N, _R, _P)
    start = MAGIC + costs + salt + _derive(master, "check", _CHECK)
    return Seal(start + _sum(start), master)


def open_seal(file: IO[bytes], key: bytes, name: str) -> Seal:
    """Read the head of a file. Raises BackupError: none, newer, header_damaged, truncated, key_wrong."""
    header = file.read(HEADER)
    if not header.startswith(MAGIC[: max(len(header), 1)]):
        raise BackupError("backup_none", file=name)
    if len(header) < HEADER:
        raise BackupError("backup_truncated", file=name, found=len(header), wanted=HEADER)
    start, check = header[:-_SUM], header[-_SUM - _CHECK : -_SUM]
    if _sum(start) != header[-_SUM:]:
        raise BackupError("backup_header_damaged", file=name)
    version, log_n, r, p = header[len(MAGIC) : len(MAGIC) + 4]
    if version != VERSION:
        raise BackupError("backup_newer", file=name, found=str(version))
    if not (_FEWEST <= log_n <= _COSTLIEST and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P):
        raise BackupError("backup_header_damaged", file=name)
    master = _master(key, header[len(MAGIC) + 4 :][:_SALT], log_n, r, p)
    if not secrets.compare_digest(check, _derive(master, "check", _CHECK)):
        raise BackupError("backup_key_wrong", file=name)
    return Seal(header, master)


def sealed_size(plain: int) -> int:
    """Return how many bytes a stream of so many bytes takes in the file."""
    return plain + TAG * _chunks(plain)


class SealedWriter:
    """Encrypts what is written into one stream of a file; `finish` writes its last chunk."""

    def __init__(self, out: IO[bytes], seal: Seal, stream: str) -> None:
        """Write to `out`, which stands where the stream begins."""
        self._out = out
        self._aad = seal.header
        self._cipher = seal.cipher(stream)
        self._waiting = bytearray()
        self._number = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Take bytes; a chunk goes out once it is known not to be the last."""
        self.size += len(data)
        self._waiting += data
        start = 0
        while len(self._waiting) - start > CHUNK:
            self._seal(bytes(self._waiting[start : start + CHUNK]), last=False)
            start += CHUNK
        del self._waiting[:start]

    def finish(self) -> None:
        """Write the chunk that says that it is the last."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, self._aad))
        self._number += 1


class _Unsealed(io.RawIOBase):
    """Decrypts one stream as it is read; a changed byte raises BackupError with its place in the file."""

    def __init__(self, file: IO[bytes], seal: Seal, stream: str, plain: int, name: str) -> None:
        self._file, self._aad, self._name = file, seal.header, name
        self._cipher = seal.cipher(stream)
        self._left = plain
        self._number, self._of = 0, _chunks(plain)
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._ready and self._number < self._of:
            self._ready = memoryview(self._next())
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _next(self) -> bytes:
        start = self._file.tell()
        chunk = self._file.read(min(CHUNK, self._left) + TAG)
        self._left -= CHUNK
        self._number += 1
        try:
            nonce = _nonce(self._number - 1, last=self._number == self._of)
            return self._cipher.decrypt(nonce, chunk, self._aad)
        except InvalidTag:
            end = start + len(chunk) - 1
            raise BackupError("backup_damaged", file=self._name, start=start, end=end) from None


def unsealed(file: IO[bytes], seal: Seal, stream: str, plain: int, name: str) -> io.BufferedReader:
    """Read the stream of `plain` bytes that begins where `file` stands.

    Reading raises BackupError `backup_damaged` for a chunk that was changed, moved or cut.
    """
    return io.BufferedReader(_Unsealed(file, seal, stream, plain, name), CHUNK)


def _chunks(plain: int) -> int:
    return max(1, -(-plain // CHUNK))


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4, "big") + bytes([last])


def _master(key: bytes, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log_n, r=r, p=p).derive(key)


def _derive(master: bytes, purpose: str, length: int) -> bytes:
    return HKDFExpand(SHA256(), length, f"langnghe backup: {purpose}".encode()).derive(master)


def _sum(start: bytes) -> bytes:
    """Tell a damaged head from a wrong key; it protects nothing, the key does."""
    return hashlib.sha256(start).digest()[:_SUM]
