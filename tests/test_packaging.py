"""What is shipped: the wheel holds every file, and the locks hold every version, without any address."""

import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
SERVERS = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["postgres"]]
LOCKS = {"requirements.lock": SERVERS, "requirements-dev.lock": [*SERVERS, *PROJECT["dependency-groups"]["dev"]]}


def locked(name: str) -> dict[str, Requirement]:
    """Read a lock: the pinned requirements that hold for this machine, by name."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    pins = [Requirement(line.split(" --hash=")[0].strip()) for line in text.splitlines() if line.strip()]
    return {canonicalize_name(pin.name): pin for pin in pins if pin.marker is None or pin.marker.evaluate()}


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "run the tests by `uv run pytest`"
    # Offline: what builds the wheel has built this very environment, so it is in the cache.
    subprocess.run([uv, "build", "--quiet", "--wheel", "--offline", "-o", tmp_path], cwd=ROOT, check=True)
    [wheel] = tmp_path.glob("*.whl")
    tracked = subprocess.run(["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True)
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert {name for name in tracked.stdout.split("\0") if name and (ROOT / name).exists()} <= shipped
    assert {name.split("/")[0] for name in shipped} == set(PACKAGES)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index" not in text
    pins = re.findall(r"^\S+==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(pins) > 30
    assert all("--hash=sha256:" in pin for pin in pins)


@pytest.mark.parametrize(("name", "wanted"), LOCKS.items(), ids=list(LOCKS))
def test_a_lock_agrees_with_the_project(name: str, wanted: list[str]) -> None:
    pins = locked(name)
    for requirement in map(Requirement, wanted):
        [pin] = pins[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(pin.version), f"{requirement} but {pin} in {name}"


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_installed_here_is_what_the_lock_says(name: str) -> None:
    pinned = {package: next(iter(pin.specifier)).version for package, pin in locked(name).items()}
    assert {package: version(package) for package in pinned} == pinned
