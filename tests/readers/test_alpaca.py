"""Annotations and leaderboard of one AlpacaEval run beside each other."""

import pytest


def alpaca(preferences, model="m", **more):
    return [
        {"instruction": f"i{n}", "output_1": "x", "generator_1": "davinci", "output_2": f"y{n}", "generator_2": model,
         "annotator": "gpt4", "dataset": "koala", "preference": p} | more
        for n, p in enumerate(preferences)
    ]  # fmt: skip


BOARD = ",win_rate,standard_error,n_total,length_controlled_winrate\nm,50,5.0,2,40\nelse,20,5.0,805,\n"


@pytest.mark.parametrize("folder", ["gpt4", "renamed"])
def test_alpaca_files_of_one_run_are_one_measurement(look, write, folder):
    annotations = write(f"{folder}/annotations.json", alpaca([1, 2]) + alpaca([1, 2], model="else"))
    board = look(write(f"{folder}/leaderboard.csv", BOARD), f"{folder}/leaderboard.csv")
    out = look(annotations)
    assert {row["task_version"] for row in board.scores + out.scores} == {"judge gpt4, baseline davinci"}
    assert {row["model_name"]: row["primary"] for row in out.scores} == {"m": False, "else": True}
    assert not board.problems and not out.problems


def test_alpaca_annotations_of_several_baselines_name_none_for_the_leaderboard_beside_them(look, write):
    annotations = write("run/annotations.json", alpaca([1, 2]) + alpaca([1], generator_1="gpt4", model="n"))
    board = look(write("run/leaderboard.csv", BOARD), "run/leaderboard.csv")
    assert {row["task_version"] for row in board.scores} == {""}
    assert "several" in board.readout.problems[0]["message"]
    assert all("primary" not in row for row in look(annotations).scores)


@pytest.mark.parametrize(
    "content", ['[{"generator_1": ', "1.5", '[{"generator_1": ["a"], "annotator": 1, "preference": 1}]']
)
def test_alpaca_leaderboard_beside_broken_annotations_is_read_and_its_folder_is_no_judge(look, write, content):
    write("run/annotations.json", content)
    board = look(write("run/leaderboard.csv", BOARD), "run/leaderboard.csv")
    assert {row["task_version"] for row in board.scores} == {""}
    assert any("judge is unknown" in row["message"] for row in board.readout.problems)
