"""Every module has a test file of its name."""


def test_every_module_has_a_test_file_of_its_name(checkout):
    modules = {path.relative_to(checkout / "mergekit_eval") for path in (checkout / "mergekit_eval").rglob("*.py")}
    modules = {path for path in modules if path.stem not in ("__init__", "__main__")}
    tested = {path.relative_to(checkout / "tests") for path in (checkout / "tests").rglob("test_*.py")}
    missing = {str(module) for module in modules if not any(_is_of(test, module) for test in tested)}
    assert sorted(missing) == [], "write a test file for each of these modules"


def _is_of(test, module):
    """Whether a test file lies in or below the folder of the module and has its name without leading underscores."""
    return test.name == f"test_{module.stem.lstrip('_')}.py" and test.is_relative_to(module.parent)
