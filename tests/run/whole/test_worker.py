"""One cell: what it refuses before it runs, the tasks it loads, and results that are not whole."""

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run import evaluate, worker
from mergekit_eval.run.plan import plan_cells
from mergekit_eval.run.worker import run_cell


def payload(study, output=None):
    from msgspec.structs import asdict

    (cell,) = plan_cells(study)
    return {
        "output": str(output or study.output), "model": cell.model, "path": cell.path,
        "backend": asdict(cell.backend), "settings": cell.settings, "inputs": cell.inputs,
        "key": cell.key, "record": str(cell.record),
    }  # fmt: skip


@pytest.mark.slow
def test_a_failed_save_is_a_failed_cell(study_of, workspace):
    """lm-eval only warns when a file cannot be written; a limit on file size makes every write fail."""
    import resource

    study = study_of("base")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(RunError, match=r"could not save its results.*File too large"):
            run_cell(**payload(study))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(study.output.rglob("harness/**/*.json*"))
    assert evaluate(study)[0].status == "ran"


@pytest.mark.slow
def test_a_sample_file_cut_short_is_a_failed_cell(study_of, monkeypatch):
    from lm_eval.loggers import EvaluationTracker

    save = EvaluationTracker.save_results_samples

    def cut(self, task_name, samples):
        save(self, task_name, samples[:-1])

    monkeypatch.setattr(EvaluationTracker, "save_results_samples", cut)
    study = study_of("base")
    with pytest.raises(RunError, match=r"saved 11 of 12 rows of samples_toy_a"):
        run_cell(**payload(study))
    assert not (study.output / "harness").exists()


@pytest.mark.slow
def test_files_that_change_while_a_cell_runs_make_it_fail(study_of, workspace):
    """Its key was taken before: under it the results would pass for those of the older files."""
    study = study_of("base")
    call = payload(study)
    data = workspace / "params" / "suites" / "tasks" / "toy.jsonl"
    data.write_text(data.read_text().replace('"answer": 1', '"answer": 0'))
    with pytest.raises(RunError, match="files of the tasks changed while the cell ran"):
        run_cell(**call)
    assert not list(study.output.rglob("results_*.json"))
    assert [r.status for r in evaluate(study)] == ["ran"]


class Task:
    def __init__(self, shots=None):
        self.shots = shots

    def get_config(self, name):
        assert name == "num_fewshot"
        return self.shots

    def set_config(self, key, value):
        assert key == "num_fewshot"
        self.shots = value


class Manager:
    """A task index of plain tasks and one group of them."""

    def __init__(self):
        self.tasks = {"boolq": Task(), "fixed": Task(0), "law": Task(), "art": Task()}
        self.task_index = self.all_tasks = [*self.tasks, "mmlu"]

    def load(self, names):
        (name,) = names
        if name != "mmlu":
            return {"tasks": {name: self.tasks[name]}}
        return {"tasks": {task: self.tasks[task] for task in ("law", "art")}, "groups": {"mmlu": "the group"}}


def spec(task, shots=None):
    return {"task": task, "num_fewshot": shots, "unsafe_code": False}


def test_shots_of_the_suite_are_set_but_for_tasks_that_have_none():
    manager = Manager()
    chosen = worker._tasks(manager, [spec("boolq", 5), spec("fixed", 5), spec("mmlu", 3), spec("art")])
    assert chosen == [manager.tasks["boolq"], manager.tasks["fixed"], "the group", manager.tasks["art"]]
    assert {name: task.shots for name, task in manager.tasks.items()} == {"boolq": 5, "fixed": 0, "law": 3, "art": 3}


def test_an_unknown_task_is_named_with_its_nearest():
    with pytest.raises(RunError, match=r"'bolq'.*5 names are, nearest: boolq\. `lm-eval ls tasks`"):
        worker._tasks(Manager(), [spec("bolq")])


def test_code_of_a_model_runs_with_permission_alone_and_nothing_runs_before(monkeypatch, tmp_path):
    monkeypatch.delenv("HF_ALLOW_CODE_EVAL", raising=False)
    call = {"output": str(tmp_path / "out"), "model": "m", "path": "m", "backend": {}, "inputs": {}, "key": "k"}
    settings = {"tasks": [spec("humaneval") | {"unsafe_code": True}]}
    with pytest.raises(RunError, match=r"humaneval: runs code that the model wrote.*HF_ALLOW_CODE_EVAL=1"):
        run_cell(**call, settings=settings, record=str(tmp_path / "record.json"))
    assert not (tmp_path / "out").exists()
