"""The three files that describe the environment agree, and the core needs none of the heavy packages."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def project(checkout):
    return tomllib.loads((checkout / "pyproject.toml").read_text())["project"]


def requirements(checkout):
    found = project(checkout)
    groups = {"core": found["dependencies"], **found["optional-dependencies"]}
    return {name: [Requirement(text) for text in texts] for name, texts in groups.items()}


def pins(checkout):
    lines = (checkout / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_constraints_pin_every_requirement_to_an_allowed_version(checkout):
    pinned = {canonicalize_name(name): version for name, version in pins(checkout).items()}
    for group, wanted in requirements(checkout).items():
        for requirement in wanted:
            version = pinned.get(canonicalize_name(requirement.name))
            assert version, f"{requirement.name} ({group}) is not in constraints.txt"
            assert requirement.specifier.contains(version, prereleases=True), f"{requirement} against {version}"


def test_constraints_pin_torch_and_name_no_index(checkout):
    lines = [line for line in (checkout / "constraints.txt").read_text().splitlines() if line[:1] != "#"]
    assert "torch==2.13.0" in lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line)] == []


def test_conda_users_get_the_same_environment(checkout):
    conda = yaml.safe_load((checkout / "environment.yml").read_text())
    python = next(entry for entry in conda["dependencies"] if str(entry).startswith("python="))
    assert python.removeprefix("python=") == project(checkout)["requires-python"].removeprefix(">=")
    pip = next(entry["pip"] for entry in conda["dependencies"] if isinstance(entry, dict))
    assert "--constraint constraints.txt" in pip
    extras = re.search(r"\.\[(.*)\]", " ".join(pip)).group(1).split(",")
    assert sorted(extras) == sorted(project(checkout)["optional-dependencies"])


def test_the_make_targets_install_only_known_extras(checkout):
    used = re.findall(r"EXTRAS = (.*)", (checkout / "Makefile").read_text())
    assert used
    assert {name for line in used for name in line.split(",")} == set(project(checkout)["optional-dependencies"])


def test_the_whole_package_is_checked_strictly(checkout):
    tool = tomllib.loads((checkout / "pyproject.toml").read_text())["tool"]["mypy"]
    assert tool["files"] == ["mergekit_eval"] and tool["strict"]
    for part in [tool, *tool["overrides"]]:
        assert "ignore_errors" not in part and "exclude" not in part
    own = [name for part in tool["overrides"] for name in part["module"] if name.startswith("mergekit_eval")]
    assert own == []


HEAVY = ["torch", "lm_eval", "mergekit", "transformers"]
CORE = """
import sys, importlib.abc
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {heavy}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import pkgutil, importlib, mergekit_eval
names = [m.name for m in pkgutil.walk_packages(mergekit_eval.__path__, "mergekit_eval.") if "__main__" not in m.name]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@pytest.mark.slow
def test_every_module_imports_without_torch_lm_eval_and_mergekit():
    code = CORE.format(heavy=set(HEAVY))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 30


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, mergekit_eval; print([m for m in %r if m in sys.modules])" % [*HEAVY, "matplotlib", "pandas"]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_exists():
    import mergekit_eval

    assert len(dir(mergekit_eval)) > 10
    for module in (mergekit_eval, mergekit_eval.compare):
        for name in getattr(module, "__all__", dir(module)):
            assert getattr(module, name) is not None


def test_no_public_name_is_that_of_a_package_which_would_hide_it():
    import mergekit_eval

    packages = {path.stem for path in Path(mergekit_eval.__file__).parent.iterdir()}
    assert packages.isdisjoint(mergekit_eval._WHERE)
