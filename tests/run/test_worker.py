"""One cell in its own process: which tasks lm-eval is given, with which shots, and what is refused before it loads."""

import logging
from types import SimpleNamespace

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run import worker


class Task:
    def __init__(self, shots):
        self.config = {"num_fewshot": shots}

    def get_config(self, key):
        return self.config[key]

    def set_config(self, key, value):
        self.config[key] = value


@pytest.fixture
def manager():
    """A task index with one task, a group of two, and one task that is fixed at 0 shots."""
    loaded = {
        "one": {"tasks": {"one": Task(None)}},
        "fixed": {"tasks": {"fixed": Task(0)}},
        "group": {"tasks": {"g1": Task(None), "g2": Task(3)}, "groups": {"group": "the group"}},
        "tag": {"tasks": {"t1": Task(None), "t2": Task(None)}, "groups": {}},
    }
    return SimpleNamespace(task_index=loaded, all_tasks=sorted(loaded), load=lambda names: loaded[names[0]])


def spec(task, shots=None):
    return {"task": task, "num_fewshot": shots, "unsafe_code": False}


def test_the_shots_of_the_suite_reach_every_task_but_one_that_is_fixed(manager):
    worker._tasks(manager, [spec("one", 5), spec("fixed", 5), spec("group", 2), spec("tag")])
    shots = {n: t.config["num_fewshot"] for one in manager.task_index.values() for n, t in one["tasks"].items()}
    assert shots == {"one": 5, "fixed": 0, "g1": 2, "g2": 2, "t1": None, "t2": None}


def test_a_group_stays_one_and_a_tag_is_its_tasks(manager):
    tag = manager.task_index["tag"]["tasks"]
    assert worker._tasks(manager, [spec("group"), spec("tag")]) == ["the group", tag["t1"], tag["t2"]]


def test_an_unknown_task_is_named_with_the_nearest(manager):
    with pytest.raises(RunError, match=r"^lm-eval: task: 'groop' is not known; 4 names are, nearest: group\. `lm-eval"):
        worker._tasks(manager, [spec("groop")])
    with pytest.raises(RunError, match="nearest: none"):
        worker._tasks(manager, [spec("zzz")])


def test_code_of_a_model_runs_only_with_permission(monkeypatch):
    settings = {"tasks": [spec("one"), spec("humaneval") | {"unsafe_code": True}]}
    monkeypatch.delenv("HF_ALLOW_CODE_EVAL", raising=False)
    with pytest.raises(RunError, match=r"^humaneval: runs code that the model wrote.*HF_ALLOW_CODE_EVAL=1"):
        worker._allow_code(settings)
    worker._allow_code({"tasks": [spec("one")]})
    monkeypatch.setenv("HF_ALLOW_CODE_EVAL", "1")
    worker._allow_code(settings)


def test_what_lm_eval_logs_while_it_saves_is_kept():
    saving, log = worker._Warnings(), logging.Logger("lm_eval.saving")
    log.addHandler(saving)
    log.warning("Could not save %s", "results")
    assert saving.lines == ["Could not save results"]
