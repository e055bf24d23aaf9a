"""Which vote a task belongs to: the study before its suites, and these before the known facts."""

import pytest

from mergekit_eval.benchmark import Benchmark
from mergekit_eval.compare.assignment import Assignment
from mergekit_eval.schema import conform
from mergekit_eval.study import load_study


def scored(tasks, groups=None, **more):
    rows = [{"task": task, "kind": "task", "tool": "lm-eval", "group": (groups or {}).get(task, "")} for task in tasks]
    return conform([row | more for row in rows], "scores")


@pytest.fixture
def study(tmp_path):
    (tmp_path / "params" / "suites").mkdir(parents=True)
    suite = "suite: own\ntasks: [{task: exam, benchmark: examination}, gsm8k, {task: piqa, benchmark: physics}]\n"
    suite += "benchmarks: {physics: {tasks: [prost]}}\n"
    (tmp_path / "params" / "suites" / "own.yaml").write_text(suite, encoding="utf-8")
    path = tmp_path / "params" / "s.yaml"
    text = "study: s\nmodels: {m: {role: merge, path: org/m}}\nsuites: [own]\nbenchmarks: {daily: {tasks: [piqa]}}\n"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def test_the_study_comes_before_the_suite_and_this_before_the_facts(study):
    groups = {"exam_a": "exam_half", "exam_half": "exam"}
    tasks = ["piqa", "prost", "exam", "exam_a", "exam_half", "gsm8k", "daily_exam"]
    found = Assignment(scored(tasks, groups), study)
    assert {task: found.place(task) for task in tasks} == {
        "piqa": ("daily", "the study"),
        "prost": ("physics", "the suite"),
        "exam": ("examination", "the suite"),
        "exam_a": ("examination", "the suite"),
        "exam_half": ("examination", "the suite"),
        "gsm8k": ("gsm8k", "known facts"),
        "daily_exam": ("daily_exam", "own vote"),
    }


def test_groups_that_name_one_another_end():
    assert Assignment(scored(["a", "b"], {"a": "b", "b": "a"}), None).place("a") == ("a", "own vote")


def test_parts_of_a_vote_are_known_benchmarks_and_single_tasks(study):
    found = Assignment(scored(["mmlu_a"]), study)
    assert found.parts("daily", ["mmlu_a", "mmlu_b", "m_mmlu_fr", "x"]) == {
        "mmlu": ["mmlu_a", "mmlu_b"],
        "m_mmlu": ["m_mmlu_fr"],
        "x": ["x"],
    }
    assert found.parts("mmlu", ["mmlu_a", "x"]) == {"mmlu": ["mmlu_a", "x"]}


def test_an_entry_is_what_is_stated_over_what_is_known(study):
    found = Assignment(scored(["piqa"]), study)
    assert found.entry("daily") == Benchmark("daily", tasks=("piqa",))
    assert found.entry("hendrycks_math").combine == "size"
    assert found.entry("nowhere") == Benchmark("nowhere")
