"""Every action that the code records has words on the page of the audit trail, and no words stand for nothing.

The actions are read off the source: what each call of `audit.record` is given, followed through the parameters, names
and constants that it comes by. What cannot be followed fails, so that no action comes in unseen.
"""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from inspect import signature
from itertools import product
from typing import NamedTuple

import pytest

from admin.views.audit import AuditPage
from admin.words import Words, load_texts
from petitions.lifecycle import Event
from storage import audit
from tests.test_structure import NAMES

SECTION = "recorded."
STEPS = {*Event, "submit"}
"""What the field `event` of an entry of a petition's history may be."""


class Call(NamedTuple):
    """A call in the function that makes it; None outside every function."""

    module: str
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    call: ast.Call


@cache
def calls() -> list[Call]:
    found: list[Call] = []

    def look(module: str, function: ast.FunctionDef | ast.AsyncFunctionDef | None, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = node
        if isinstance(node, ast.Call):
            found.append(Call(module, function, node))
        for child in ast.iter_child_nodes(node):
            look(module, function, child)

    for module, path in NAMES.items():
        if not module.startswith("storage.migrations"):
            look(module, None, ast.parse(path.read_text(encoding="utf-8")))
    return found


def named(module: str, node: ast.expr) -> object:
    """Give what a name or `module.name` stands for in a module, None for anything else."""
    match node:
        case ast.Name(name):
            return getattr(import_module(module), name, None)
        case ast.Attribute(of, name):
            return getattr(named(module, of), name, None)
    return None


def given(called: object, name: str) -> Iterator[tuple[Call, ast.expr]]:
    """Give what each call of a function says for one of its parameters."""
    assert callable(called)
    place = list(signature(called).parameters).index(name)
    for each in calls():
        if named(each.module, each.call.func) is called:
            by_name = {keyword.arg: keyword.value for keyword in each.call.keywords}
            yield each, by_name[name] if name in by_name else each.call.args[place]


def texts(where: Call, node: ast.expr) -> set[str]:
    """Give every text that an expression can be."""
    match node:
        case ast.JoinedStr(parts):
            return {"".join(each) for each in product(*(texts(where, part) for part in parts))}
        case ast.FormattedValue(value) | ast.Attribute(value, "value"):
            return texts(where, value)
        case ast.IfExp(_, one, other):
            return texts(where, one) | texts(where, other)
        case ast.Attribute(ast.Name("entry"), "event"):
            return set(STEPS)
        case ast.Name(name) if where.function and (sources := origins(where, where.function, name)):
            return set().union(*(texts(*each) for each in sources))
    found = node.value if isinstance(node, ast.Constant) else named(where.module, node)
    if not isinstance(found, str):
        pytest.fail(f"{where.module}:{node.lineno}: cannot tell which action this is: {ast.unparse(node)}")
    return {str(found)}


def origins(where: Call, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> list[tuple[Call, ast.expr]]:
    """Give where a name of a function comes from: its callers for a parameter, else what is assigned to it."""
    if name in {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}:
        return list(given(named(where.module, ast.Name(function.name)), name))
    return [
        (where, node.value)
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]


@cache
def recorded() -> frozenset[str]:
    return frozenset().union(*(texts(where, node) for where, node in given(audit.record, "action")))


def test_every_recorded_action_has_words_in_both_languages() -> None:
    for language in ("vi", "en"):
        words = Words(load_texts(), language)
        assert [action for action in sorted(recorded()) if AuditPage.did(action, words) in (None, "")] == []


def test_no_words_stand_for_an_action_that_nothing_records() -> None:
    keys = {key.removeprefix(SECTION) for key in load_texts().texts["vi"] if key.startswith(SECTION)}
    assert keys - recorded() == set()


def test_an_action_of_another_version_has_no_words() -> None:
    assert AuditPage.did("sample.unheard_of", Words(load_texts(), "vi")) is None
