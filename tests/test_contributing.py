"""The guide for contributors is true: the files it names are there, the commands it names can be run."""

import re

import pytest
import yaml

HOOKS, FLOW = ".pre-commit-config.yaml", ".github/workflows/test.yml"
ROOTS = ("mergekit_eval/", "tests/", "benchmarks/", "docs/", "notebooks/")


@pytest.fixture(scope="module")
def guide(checkout):
    return (checkout / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def targets(checkout):
    return set(re.findall(r"^([\w-]+):", (checkout / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_file_that_is_named_is_there(checkout, guide):
    named = {one for one in re.findall(r"`([^`\s]+)`", guide) if one.startswith(ROOTS) and "<" not in one}
    named |= set(re.findall(r"\]\(([^)#:]+)\)", guide))
    assert len(named) > 20
    assert sorted(one for one in named if not (checkout / one).exists()) == []


def test_every_target_of_make_that_is_named_is_there(guide, targets):
    named = set(re.findall(r"`make ([\w-]+)`", guide))
    assert {"test", "test-fast", "lint", "demo"} <= named <= targets


def test_the_hooks_check_what_make_lint_checks(checkout):
    [local] = yaml.safe_load((checkout / HOOKS).read_text(encoding="utf-8"))["repos"]
    commands = {hook["id"]: hook["entry"] for hook in local["hooks"]}
    assert local["repo"] == "local"
    assert set(commands) == {"ruff", "ruff-format", "nbstripout", "mypy"}
    assert "--keep-id --verify" in commands["nbstripout"]
    lint = (checkout / "Makefile").read_text(encoding="utf-8").partition("\nlint:")[2].partition("\n\n")[0]
    checks = [line.split()[0].removeprefix("$(BIN)/") for line in lint.splitlines()[1:]]
    assert set(checks) <= {entry.split()[0].removeprefix(".venv/bin/") for entry in commands.values()}


def test_the_workflow_runs_what_a_newcomer_is_told_to_run_on_the_smallest_python(checkout):
    [job] = yaml.safe_load((checkout / FLOW).read_text(encoding="utf-8"))["jobs"].values()
    steps = {step.get("run", step.get("uses", "")): step for step in job["steps"]}
    assert steps[".ci/run"]["timeout-minutes"] == 25
    python = next(
        step["with"]["python-version"] for name, step in steps.items() if name.startswith("actions/setup-python")
    )
    assert f'requires-python = ">={python}"' in (checkout / "pyproject.toml").read_text(encoding="utf-8")
