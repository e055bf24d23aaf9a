"""What readers of judgments share: the benchmark of a folder, repeated rows, models judged on fewer questions."""

import pytest

from mergekit_eval.readers._judged import rated, stamp_of


def single(model, question, turn, score, stamp=1.0, judge="gpt-4"):
    return {"question_id": question, "model": model, "judge": [judge, "single-v1"], "user_prompt": "u", "judgment": "j",
            "score": score, "turn": turn, "tstamp": stamp}  # fmt: skip


def pair(question, first, second, one="a", two="b", turn=1, stamp=1.0):
    return {"question_id": question, "model_1": one, "model_2": two, "g1_winner": first, "g2_winner": second,
            "judge": ["gpt-4", "pair-v2"], "turn": turn, "tstamp": stamp}  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "task"),
    [
        ("data/ja_mt_bench/model_judgment", "ja_mt_bench"),
        ("mine/ja_mt_bench/model_judgment", "ja_mt_bench"),
        ("data/spoken/model_judgment", "spoken"),
        ("merges/my-merge/model_judgment", "mt_bench"),
        ("data/ja_mt_bench", "mt_bench"),
    ],
)
def test_the_tools_folder_names_the_benchmark(look, write, registry, folder, task):
    alone = look(write(f"{folder}/gpt-4_single.jsonl", [single("m", 81, 1, 8)]))
    assert (alone.value(task, "score"), alone.items(task_name=task)) == (8, [8])
    pairs = look(write(f"{folder}/gpt-4_pair.jsonl", [pair(81, "model_1", "model_1")]))
    assert pairs.value(f"{task}_pairs", "win_rate", "vs=b", "a") == 1
    assert len(pairs.items(task_name=f"{task}_pairs")) == 2
    known = registry.lookup("mt-bench", task, "score")
    assert (known.higher_is_better, known.capability, known.primary) == (True, "chat", True)
    assert registry.lookup("mt-bench-pairs", f"{task}_pairs", "win_rate_adjusted").chance == 0.5


def test_a_part_of_the_benchmark_is_said_where_its_size_is_known(look, write):
    three = [single("m", 80 + number, 1, 5) for number in (1, 2, 3)]
    found = [row["message"] for row in look(write("j.jsonl", three)).readout.problems]
    assert found == ["m (gpt-4): 157 of 160 turns are missing"]
    assert not look(write("data/ja_mt_bench/model_judgment/j.jsonl", three)).problems
    pairs = look(write("p.jsonl", [pair(81, "model_1", "model_1"), pair(82, "error", "model_1")]))
    found = [row["message"] for row in pairs.readout.problems if row["kind"] == "incomplete"]
    assert found[1] == "a against b (gpt-4): 158 of 160 turns are missing"


def test_every_rated_model_counts_once():
    problems = []
    cells = [("a", " 7.5 "), ("b", 8), ("a", "9"), ("", "1"), ("c", "high")]
    rows = [(line, model, raw, {"line": line}) for line, (model, raw) in enumerate(cells)]
    assert list(rated(rows, problems)) == [("a", 7.5, {"line": 0}), ("b", 8.0, {"line": 1})]
    assert [row["kind"] for row in problems] == ["repeated", "bad-value", "bad-value"]
    assert problems[2]["message"] == "row 4: 'c' without a model or a number ('high')"


def test_a_judgment_without_a_time_is_older_than_all_others():
    assert [stamp_of({"tstamp": told}) for told in (5, "x", float("nan"), None)] == [5.0, -1.0, -1.0, -1.0]
