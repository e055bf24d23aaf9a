"""The task files: every shape is there, they load offline from any folder, and the registry knows them."""

import json

import pytest
import yaml

from mergekit_eval.registry import load_registry
from mergekit_eval.tiny import DATA, FOLDER, TASKS
from mergekit_eval.tiny.scoring import load_items

DOMAINS = {"instruction", "math", "multilingual", "code", "safety"}


LEAVES = [yaml.safe_load(path.read_text("utf-8").replace("!function", ""))["task"] for path in TASKS.glob("*.yaml")]
LEAVES = sorted(name for name in LEAVES if isinstance(name, str))


def _facts():
    return yaml.safe_load((FOLDER / "metrics.yaml").read_text("utf-8"))["lm-eval"]["tasks"]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    lm_eval = pytest.importorskip("lm_eval.tasks")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    manager = lm_eval.TaskManager(include_path=str(TASKS), include_defaults=False)
    loaded = manager.load(LEAVES)
    monkeypatch.undo()
    return manager, loaded


def test_every_task_is_named_tiny_and_known_to_the_registry(tasks):
    manager, _ = tasks
    assert {*manager.all_subtasks, *manager.all_groups} == set(_facts())
    assert all(name.startswith("tiny_") for name in _facts())


def test_every_domain_has_a_task():
    assert {entry["capability"] for entry in _facts().values()} > DOMAINS


@pytest.mark.parametrize("name", _facts())
def test_the_primary_metric_has_a_direction_a_scale_and_a_chance_level(name):
    metric, filter = _facts()[name]["primary"].split(",")
    info = load_registry().lookup("lm-eval", name, metric, filter)
    assert info.primary
    assert info.higher_is_better is not None
    assert info.scale in ("unit", "natural")
    assert (info.chance is None) == (info.scale == "natural")


def test_item_counts_in_the_registry_are_those_of_the_files():
    for file in TASKS.glob("*.yaml"):
        task = yaml.safe_load(file.read_text("utf-8").replace("!function", ""))
        if "task" in task and isinstance(task["task"], str):
            lines = (DATA / f"{task['dataset_kwargs']['file']}.jsonl").read_text("utf-8").splitlines()
            assert len(lines) == _count(task["task"]), task["task"]


def _count(name):
    entry = _facts()[name]
    return entry.get("n") or next(iter(entry["metrics"].values()))["n"]


def test_the_items_are_those_of_the_file():
    pytest.importorskip("datasets")
    for file in sorted(DATA.glob("*.jsonl")):
        lines = file.read_text("utf-8").splitlines()
        assert list(load_items(file=file.stem, version=1.0)["test"]) == [json.loads(line) for line in lines]
