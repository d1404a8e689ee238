"""How the code is put together: imports at the top, no signals, no file too long to read."""

import ast
from pathlib import Path

import pytest

from portal.embedded.places import BASE_DIR

PACKAGES = ("portal", "catalogue", "opendata", "requests_app", "demo", "tools")
FILES = sorted(
    path for package in PACKAGES for path in (BASE_DIR / package).rglob("*.py") if "migrations" not in path.parts
)
LONGEST = 400


def name_of(path: Path) -> str:
    return str(path.relative_to(BASE_DIR))


@pytest.fixture(params=FILES, ids=name_of, scope="module")
def tree(request) -> ast.Module:
    return ast.parse(request.param.read_text(encoding="utf-8"))


def test_no_import_hides_in_a_function(tree):
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    ]
    hidden = [
        inner.lineno for node in functions for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_signal_of_the_domain(tree):
    imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert [module for module in imported if module in {"django.dispatch", "django.db.models.signals"}] == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_file_can_be_read_at_a_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST
