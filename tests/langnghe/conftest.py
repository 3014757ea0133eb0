"""Every test of the command line starts in an empty folder, without the settings of this machine."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from langnghe.config import setting_names
from tests.langnghe.office import PASSWORD, SET_UP, done


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stand_alone(monkeypatch, tmp_path)


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Give the log back: a command that serves writes it as JSON, and these tests run it in their own process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def made_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an office by the real command, once: hashing its password takes its time."""
    folder = tmp_path_factory.mktemp("office")
    with pytest.MonkeyPatch.context() as patch:
        stand_alone(patch, folder)
        done(*SET_UP, stdin=f"{PASSWORD}\n")
    return folder / "data"


@pytest.fixture
def office(made_office: Path, tmp_path: Path, alone: None) -> Path:  # noqa: ARG001 - the folder must be ours first
    """Stand in a folder with an office in `data`."""
    shutil.copytree(made_office, tmp_path / "data")
    return tmp_path


def stand_alone(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Go to a folder without settings."""
    for name in setting_names():
        patch.delenv(name, raising=False)
    patch.chdir(folder)
