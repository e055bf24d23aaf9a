"""What makes a finished cell stale: the tasks, their data and their code, and nothing else."""

import uuid

import pytest

from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.suites import load_suite
from mergekit_eval.run.taskfiles import task_digest


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with the scoring code of a task, code beside it that the task never loads, and a table."""
    folder = tmp_path / f"scoring_{uuid.uuid4().hex}"
    (folder / "deep").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "deep" / "__init__.py").write_text("")
    (folder / "score.py").write_text(f"import json\nfrom {folder.name}.deep import rules\nTABLE = 'words.yaml'\n")
    (folder / "deep" / "rules.py").write_text("LIMIT = 3\n")
    (folder / "train.py").write_text("EPOCHS = 1\n")
    (folder / "words.yaml").write_text("a: 1\n")
    (folder / "notes.yaml").write_text("b: 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


@pytest.fixture
def suite(toy, tmp_path, package):
    file = toy.suite(tmp_path)
    task = tmp_path / "params" / "suites" / "tasks" / "toy_a.yaml"
    task.write_text(task.read_text() + f"process_results: !function {package.name}.score.results\n")
    return load_suite(str(file))


@pytest.mark.parametrize("name", ["score.py", "deep/rules.py", "words.yaml"])
def test_code_and_tables_of_a_task_count(suite, package, tmp_path, name):
    before = task_digest(suite, Digests(tmp_path / "d.json"))
    (package / name).write_text((package / name).read_text() + "# changed\n")
    assert task_digest(suite, Digests(tmp_path / "d.json")) != before


@pytest.mark.parametrize("name", ["train.py", "notes.yaml"])
def test_what_the_task_never_loads_does_not(suite, package, tmp_path, name):
    before = task_digest(suite, Digests(tmp_path / "d.json"))
    (package / name).write_text("# changed\n")
    assert task_digest(suite, Digests(tmp_path / "d.json")) == before


def test_data_named_by_an_absolute_path_counts(suite, tmp_path):
    place = tmp_path / "elsewhere.jsonl"
    place.write_text("{}\n")
    task = suite.include_path / "toy_b.yaml"
    task.write_text(task.read_text().replace(str(suite.include_path / "toy.jsonl"), str(place)))
    before = task_digest(suite, Digests(tmp_path / "d.json"))
    place.write_text('{"question": 1}\n')
    assert task_digest(suite, Digests(tmp_path / "d.json")) != before


@pytest.mark.slow
def test_tasks_of_lm_eval_are_one_digest_per_installation(tmp_path):
    digests = Digests(tmp_path / "d.json")
    assert task_digest(load_suite("quick"), digests) == task_digest(load_suite("mmlu"), digests)
    assert task_digest(load_suite("quick"), digests) != task_digest(load_suite("tiny"), digests)
