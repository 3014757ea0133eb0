"""The pages' own style sheet and scripts, read once; their addresses carry a digest, so they may be kept for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PREFIX = "/admin/static"


@dataclass(frozen=True)
class StaticFile:
    """One file: what it is, and the address under which this very version is served."""

    name: str
    body: bytes
    content_type: str
    digest: str

    @property
    def address(self) -> str:
        """The path with the version in it."""
        return f"{PREFIX}/{self.name}?v={self.digest[:12]}"


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Give every served file by its name."""
    found = {file.name: file for file in (files("admin") / "static").iterdir()}
    served = {name: "." + name.rpartition(".")[2] for name in found}
    return MappingProxyType({
        name: _read(name, found[name].read_bytes(), TYPES[ending]) for name, ending in served.items() if ending in TYPES
    })  # fmt: skip


def _read(name: str, body: bytes, content_type: str) -> StaticFile:
    return StaticFile(name, body, content_type, hashlib.sha256(body).hexdigest())
