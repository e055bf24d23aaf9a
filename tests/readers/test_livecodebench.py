"""LiveCodeBench: grades per question and the scores alone."""

import pytest

from mergekit_eval.collect.folders import collect

FILE = "output/Model-X/Scenario.codegeneration_2_0.2_eval_all.json"


def question(name, *grades, **more):
    return {"question_title": "t", "question_content": "q", "platform": "leetcode", "question_id": name,
            "difficulty": "easy", "output_list": [], "code_list": [], "graded_list": list(grades),
            "pass@1": sum(grades) / len(grades) if grades else 0.0} | more  # fmt: skip


THREE = [question("a", True, False), question("b", True, True, difficulty="hard"), question("c", False, False)]


def test_grades_give_pass_at_k_in_all_and_by_difficulty(look, write):
    out = look(write(FILE, THREE))
    assert (out.reader, out.problems) == ("livecodebench", [])
    assert {row["filter"]: row["value"] for row in out.scores} == pytest.approx(
        {"none": 0.5, "easy": 0.25, "hard": 1.0}
    )
    assert sorted(out.items()) == [0, 0.5, 1.0]
    assert out.scores[0]["gen_kwargs"] == '{"temperature":0.2}'


def test_the_folder_is_the_model_and_both_files_are_one_measurement(write, tmp_path):
    write(FILE, THREE)
    scores = {"pass@1": 0.5, "detail": {"pass@1": {"0": 0.5, "1": 1.0, "2": 0.0}}}
    write("output/Model-X/Scenario.codegeneration_2_0.2_eval.json", [scores, {"0": [[True], [False]]}, [["{}"]]])
    found = collect(tmp_path)
    plain = found.scores[found.scores["filter"] == "none"]
    assert (list(plain["model"]), list(plain["n"]), list(plain["value"])) == (["Model-X"], [3], [0.5])
    assert list(plain["primary"]) == [True]
    assert len(found.items) == 3


def test_other_scenarios_are_other_tasks(look, write):
    rows = [question("a", True, test_id=0), question("a", False, test_id=1)]
    out = look(write("output/M/Scenario.testoutputprediction_1_0.0_eval_all.json", rows))
    assert out.scores[0]["task_name"] == "livecodebench_testoutputprediction"
    assert out.readout.items["item_key"].to_pylist() == ["id:a/0", "id:a/1"]


def test_what_is_amiss_is_named(look, write):
    rows = [question("a", True), question("a", True), question("b"), question("c", True, **{"pass@1": 0.0})]
    out = look(write("x_eval_all.json", rows))
    assert sorted(out.problems) == ["bad-value", "disagreement", "repeated"]
    assert out.scores[0]["value"] == 1.0


def test_files_without_grades_or_numbers_are_refused(look, write):
    ungraded = [{"question_id": "q", "graded_list": [], "difficulty": "easy"}]
    assert look(write("a_eval_all.json", ungraded)).why == "no question has a list of grades"
    assert look(write("a_eval.json", [{"pass@1": "high", "detail": {}}])).why == "no pass@k holds a number"
