"""What holds for the whole tree: who imports whom, which texts there are, and what must not stand in any file."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from wording.catalogue import Catalogue, differences

ROOT = Path(__file__).parents[1]
CORE = {"offices", "surveys", "petitions"}
MAY_IMPORT = {
    "offices": {"offices"},
    "surveys": {"surveys", "offices"},
    "petitions": {"petitions", "offices"},
    "wording": {"wording", "offices"},
    "storage": {"storage", *CORE},
    "bot": {"bot", "storage", "wording", *CORE},
    "admin": {"admin", "storage", "wording", *CORE},
    "langnghe": {"langnghe", "bot", "admin", "storage", "wording", *CORE},
}
MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))
CATALOGUES = sorted(path.parent for package in MAY_IMPORT for path in (ROOT / package).rglob("vi.toml"))
CLOCK = ROOT / "langnghe/clock.py"
READS_THE_CLOCK = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time)\(")
READS_THE_ENVIRONMENT = re.compile(r"\bos\.(?:environ(?!\.setdefault)|getenv)\b")
ENVIRONMENT_READERS = {ROOT / "storage/migrations/env.py"}

FORBIDDEN = {
    # Written in pieces, so that this file does not hold what it forbids.
    "a package index": re.compile(r"py" r"pi\.org|python" r"hosted|npm" r"js\.(?:org|com)|deb" r"ian\.org"),
    "a folder of one machine": re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w"),
    "work left to do": re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX|HA" r"CK)\b"),
    "a check switched off": re.compile(r"# type: " r"ignore"),
}
LIBRARIES = {".min.js"}


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path): path for path in MODULES}


def imports(tree: ast.AST) -> Iterator[str]:
    """Name every module that is imported somewhere in the tree, `from package import module` as the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in NAMES else str(node.module)


def at_import_time(path: Path) -> set[str]:
    """Name the own modules that are imported when this one is."""
    statements = ast.parse(path.read_text(encoding="utf-8")).body
    found = {name for node in statements if isinstance(node, ast.Import | ast.ImportFrom) for name in imports(node)}
    return (found & set(NAMES)) - {name_of(path)}


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    paths = (ROOT / name for name in listed if name)
    return [path for path in paths if path.is_file() and not path.name.endswith(tuple(LIBRARIES))]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    imported = {name.split(".")[0] for name in imports(ast.parse(path.read_text(encoding="utf-8")))}
    assert imported & set(MAY_IMPORT) <= MAY_IMPORT[package]
    if package in CORE:
        assert imported <= MAY_IMPORT[package] | sys.stdlib_module_names


def test_no_module_imports_itself_by_a_detour() -> None:
    sorter = TopologicalSorter({name: at_import_time(path) for name, path in NAMES.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_clock_is_read_in_one_place() -> None:
    readers = [path for path in MODULES if READS_THE_CLOCK.search(path.read_text(encoding="utf-8"))]
    assert [name_of(path) for path in readers] == [name_of(CLOCK)]


def test_only_the_settings_read_the_environment() -> None:
    readers = {path for path in MODULES if READS_THE_ENVIRONMENT.search(path.read_text(encoding="utf-8"))}
    assert readers <= ENVIRONMENT_READERS


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_every_text_is_there_in_both_languages_with_the_same_facts(folder: Path) -> None:
    catalogue = Catalogue.load(folder)
    assert catalogue.languages == ("vi", "en")
    assert differences(catalogue) == []


def test_all_catalogues_are_found() -> None:
    found = {str(folder.relative_to(ROOT)) for folder in CATALOGUES}
    assert found == {"admin/texts", "bot/channels/texts", "bot/texts", "langnghe/texts", "wording/errors"}


def test_nothing_stands_in_the_files_that_must_not() -> None:
    found = []
    for path in files():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture or another binary file
        for number, line in enumerate(lines, start=1):
            found += [
                f"{path.relative_to(ROOT)}:{number}: {what}" for what, sign in FORBIDDEN.items() if sign.search(line)
            ]
    assert found == []


def test_every_module_can_be_imported_alone_and_says_what_it_is() -> None:
    for name in NAMES:
        if not name.startswith("storage.migrations"):
            assert import_module(name).__doc__, name
