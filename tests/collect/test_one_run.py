"""Files and blocks that one run wrote beside each other are one measurement in the collected table."""

import pytest


def test_annotations_and_leaderboard_of_alpaca_eval_count_once(lab, one_score):
    rows = [
        {"instruction": f"i{n}", "output_1": "x", "generator_1": "davinci", "output_2": "y", "generator_2": "m",
         "annotator": "judge", "dataset": "d", "preference": preference}
        for n, preference in enumerate([2.0, 1.25])
    ]  # fmt: skip
    lab.put("m/judge/annotations.json", rows)
    board = ",win_rate,standard_error,n_total,length_controlled_winrate\nm,62.5,37.5,2,40.0\n"
    lab.put("m/judge/leaderboard.csv", board)
    found = lab.collect()
    assert one_score(found, metric="win_rate").n_from == "items" and len(found.items) == 2
    assert one_score(found, primary=True).metric == "length_controlled_winrate"
    assert list(found.problems["kind"]) == ["duplicate"]


@pytest.mark.parametrize(("stated", "note"), [(0.7, "the macro mean of 2 tasks"), (0.8, "not the plain mean")])
def test_the_average_of_a_fusion_bench_report_is_recomputed(lab, one_score, stated, note):
    tasks = {"mnist": {"accuracy": 0.9}, "dtd": {"accuracy": 0.5}, "average_accuracy": stated}
    lab.put("TA.json", {"model_info": {"all_params": 1}} | tasks)
    found = lab.collect()
    assert one_score(found, kind="group").note.startswith(note)
    assert one_score(found, kind="recomputed").value == pytest.approx(0.7)


def test_rows_of_one_model_in_a_table_become_its_conditions(lab):
    lab.put("t.csv", "Model,Size,MMLU\na,7B,0.5\na,13B,0.6\n")
    found = lab.collect()
    assert dict(zip(found.scores["model"], found.scores["value"], strict=True)) == {
        "a [Size=7B]": 0.5, "a [Size=13B]": 0.6
    }  # fmt: skip
