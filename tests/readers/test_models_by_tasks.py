"""Tables with a row per model: which columns are scores, with what metric, scale and direction."""

import pytest


def test_columns_are_scores_only_where_something_says_so(look, write):
    text = "Model,Model Size (B),MMLU,GSM8K,Weather\norg/a,7,0.44,14.5,3\norg/b,,0.54,22.8,4\n"
    out = look(write("t.csv", text))
    assert out.reader == "model-table"
    assert {row["task_name"] for row in out.scores} == {"MMLU", "GSM8K"}
    assert {row["task_name"]: row["scale"] for row in out.scores} == {"MMLU": "rate", "GSM8K": "rate"}
    assert any("Weather" in row["message"] for row in out.readout.problems)


def test_a_table_of_unknown_columns_is_refused_with_advice(look, write):
    out = look(write("t.csv", "model,size,licence\na,7,MIT\n"))
    assert out.status == "refused"
    assert "metrics.yaml" in out.why


def test_names_made_like_lm_evals(look, write):
    columns = ["gsm8k_cot_8_exact_match,strict-match", "bbh_x_3_exact_match,strict-match,norm", "unscramble_2_acc"]
    text = ",".join(["Model", *(f'"{name}"' for name in columns)]) + "\na,0.5,-0.2,0.1\n"
    rows = {(r["task_name"], r["metric"], r["filter"]): r for r in look(write("t.csv", text)).scores}
    assert rows["gsm8k_cot", "exact_match", "strict-match"]["n_shot"] == 8
    normed = rows["bbh_x", "exact_match", "strict-match,norm"]
    assert (normed["scale"], "chance" in normed["note"]) == ("natural", True)
    assert rows["unscramble", "acc", "none"]["value"] == 0.1


def test_a_legend_beside_the_table_gives_metric_and_direction(look, write):
    write(
        "info.csv",
        "benchmark,name,metric\nharm,H,Attack failure rate (↑)\nerr,E,Calibration error (↓)\nsize,S,Parameters\n",
    )
    out = look(write("table.csv", "model,harm,err,size\na,0.5,0.1,7\n"))
    assert {r["task_name"]: (r["metric"], r["higher_is_better"], r["scale"]) for r in out.scores} == {
        "harm": ("attack failure rate", True, "rate"), "err": ("calibration error", False, "natural")
    }  # fmt: skip


def test_an_arrow_that_points_nowhere_or_two_ways_gives_no_direction(look, write):
    write("a_info.csv", "benchmark,name,metric\nflat,F,Score (→)\nsplit,S,Accuracy (↑)\n")
    write("b_info.csv", ",name,metric\nsplit,S,Accuracy (↓)\n")
    out = look(write("table.csv", ",flat,split\na,0.5,0.1\n"))
    assert {row["task_name"]: row.get("higher_is_better") for row in out.scores} == {"flat": None, "split": None}
    assert "disagreement" in out.problems


def test_blank_cells_and_odd_cells_are_missing_not_zero(look, write):
    out = look(write("t.csv", "Model,MMLU,ARC-C\na,0.5,\nb,n/a,0.3\nc,good,0.4\na,0.5,\n,0.1,0.1\n"))
    assert [(r["model_name"], r["value"]) for r in out.scores if r["task_name"] == "MMLU"] == [("a", 0.5)]
    assert {"incomplete", "bad-value", "repeated"} <= set(out.problems)


def test_words_for_no_model_in_particular_get_their_file(look, write):
    out = look(
        write("vit-b-32.csv", "model_name,mnist,svhn\npretrained,0.48,0.3\nfinetuned,0.99,0.97\n"), "opcm/vit-b-32.csv"
    )
    assert {row["model"] for row in out.scores} == {"opcm/vit-b-32/pretrained", "opcm/vit-b-32/finetuned"}


def test_averages_of_a_table_are_groups(look, write):
    out = look(write("t.csv", "Model,ABoard-Avg_SR,ABoard-Game_SR\na,26.2,40\n"))
    assert [row.get("kind") for row in out.scores] == ["group", None]


AIDER = {"dirname": "2024--x", "test_cases": 225, "model": "org/a", "edit_format": "diff", "pass_rate_1": 23.1,
         "pass_rate_2": 52.9, "percent_cases_well_formed": 99.1, "error_outputs": 5, "total_cost": 0.5}  # fmt: skip


@pytest.mark.parametrize("ending", ["yml", "json"])
def test_a_leaderboard_of_one_benchmark_like_aiders(look, write, registry, ending):
    rows = [
        AIDER,
        AIDER | {"model": "org/b", "pass_rate_2": 60.4},
        AIDER | {"edit_format": "whole", "pass_rate_2": 40.0},
    ]
    text = "".join("- " + "\n  ".join(f"{key}: {value}" for key, value in row.items()) + "\n" for row in rows)
    out = look(write(f"polyglot_leaderboard.{ending}", text if ending == "yml" else rows))
    assert {row["task_name"] for row in out.scores} == {"polyglot"} and {row["n"] for row in out.scores} == {225}
    found = {
        (row["model_name"], row.get("settings", "")): row["value"]
        for row in out.scores
        if row["metric"] == "pass_rate_2"
    }
    assert found == {
        ("org/a", '{"edit_format":"diff"}'): 52.9, ("org/a", '{"edit_format":"whole"}'): 40.0, ("org/b", ""): 60.4
    }  # fmt: skip
    info = registry.lookup("table", "polyglot", "pass_rate_2")
    assert (info.scale, info.higher_is_better) == ("percent", True)
    assert {row["metric"] for row in out.scores if row["primary"]} == {"pass_rate_2"}


def test_errors_in_a_column_of_their_own_belong_to_the_score(look, write):
    out = look(write("t.csv", "model,mmlu,mmlu_stderr,gsm8k\norg/a,0.605,0.004,0.405\n"))
    assert {row["task_name"]: row["stderr"] for row in out.scores if row["task_name"] == "mmlu"} == {"mmlu": 0.004}
    assert len(out.scores) == 2 and not out.problems
