"""Every module has a test file of its name, with a test that `make test-fast` runs."""

import ast

from tests.conftest import LONG

MARKS = {f"pytest.mark.{name}" for name in LONG}


def test_every_module_has_a_test_file_of_its_name(checkout):
    tested = {path.relative_to(checkout / "tests") for path in (checkout / "tests").rglob("test_*.py")}
    missing = {str(module) for module in _modules(checkout) if not any(_is_of(test, module) for test in tested)}
    assert sorted(missing) == [], "write a test file for each of these modules"


def test_every_module_has_a_fast_test(checkout):
    fast = {path.relative_to(checkout / "tests") for path in (checkout / "tests").rglob("test_*.py") if _is_fast(path)}
    missing = {str(module) for module in _modules(checkout) if not any(_is_of(test, module) for test in fast)}
    assert sorted(missing) == [], "write a test of each of these modules that carries no marker"


def _modules(checkout):
    paths = {path.relative_to(checkout / "mergekit_eval") for path in (checkout / "mergekit_eval").rglob("*.py")}
    return {path for path in paths if path.stem not in ("__init__", "__main__")}


def _is_fast(path):
    """Whether a test file has a test without a marker of `LONG`, on itself or on the file."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    marks = next((ast.unparse(n.value) for n in body if isinstance(n, ast.Assign) and _name(n) == "pytestmark"), "")
    tests = [n for n in body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    alone = [n for n in tests if MARKS.isdisjoint(map(ast.unparse, n.decorator_list))]
    return bool(alone) and not any(mark in marks for mark in MARKS)


def _name(assigned):
    return ast.unparse(assigned.targets[0])


def _is_of(test, module):
    """Whether a test file lies in or below the folder of the module and has its name without leading underscores."""
    return test.name == f"test_{module.stem.lstrip('_')}.py" and test.is_relative_to(module.parent)
