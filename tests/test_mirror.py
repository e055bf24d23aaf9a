"""Every module has a test file of its name, except those that are listed, and the list only gets shorter."""

PACKAGE, LIST = "mergekit_eval", "modules_without_tests.txt"


def test_every_module_has_a_test_file_of_its_name_unless_it_is_listed(checkout):
    listed = (checkout / "tests" / LIST).read_text(encoding="utf-8").split()
    modules = {path.relative_to(checkout / PACKAGE) for path in (checkout / PACKAGE).rglob("*.py")}
    modules = {path for path in modules if path.stem not in ("__init__", "__main__")}
    tested = {path.relative_to(checkout / "tests") for path in (checkout / "tests").rglob("test_*.py")}
    missing = {str(module) for module in modules if not any(_is_of(test, module) for test in tested)}
    assert sorted(missing - set(listed)) == [], "write a test file for each of these modules"
    assert sorted(set(listed) - missing) == [], f"tested or gone: delete these lines of tests/{LIST}"


def _is_of(test, module):
    """Whether a test file lies in or below the folder of the module and has its name without leading underscores."""
    return test.name == f"test_{module.stem.lstrip('_')}.py" and test.is_relative_to(module.parent)
