"""Leaderboards of Holmes at the benchmark's train portion, and packaged results."""

from mergekit_eval.readers.holmes_leaderboard import competencies

HEADER = ",probing dataset,linguistic subfield,linguistic phenomena,probe type,train portion,probe"


def leaderboard(rows, models="org/a,org/b"):
    lines = [
        f"{n},{name},syntax,negation ,sentence classification,{portion},{name},{cells}"
        for n, (name, portion, cells) in enumerate(rows)
    ]
    return "\n".join([f"{HEADER},{models}", *lines]) + "\n"


def test_only_the_benchmarks_train_portion_counts(look, write):
    text = leaderboard(
        [("x", 0.001953125, "0.1,0.2"), ("x", 0.03125, "0.3,0.4"), ("y", 0.03125, "-0.2,"), ("y", 0.5, "0.9,0.9")]
    )
    out = look(write("flash-holmes.csv", text))
    assert out.reader == "holmes-leaderboard"
    assert {(r["task_name"], r["model_name"]): r["value"] for r in out.scores} == {
        ("x", "org/a"): 0.3, ("x", "org/b"): 0.4, ("y", "org/a"): -0.2
    }  # fmt: skip
    assert {row["capability"] for row in out.scores} == {"syntax"}
    assert {"note", "incomplete"} <= set(out.problems)


def test_a_table_of_one_portion_is_read_whole(look, write):
    assert len(look(write("holmes.csv", leaderboard([("x", 1, "0.1,0.2"), ("y", 1, "0.3,0.4")]))).scores) == 4


def test_several_portions_without_the_benchmarks_are_refused(look, write):
    assert look(write("h.csv", leaderboard([("x", 0.5, "0.1,0.2"), ("x", 0.25, "0.3,0.4")]))).status == "refused"


def test_packaged_minus_one_is_missing_and_the_encoding_is_no_name(look, write):
    text = leaderboard(
        [("x", 0.03125, "0.5,-1,-1.0"), ("y", 0.03125, "0.6,0.7,0.8")], "org/a,org__merge-four_bit,org__merge-full"
    )
    out = look(write("packaged_results_flash-holmes_0_hidden_layers.csv", text))
    assert [(r["model_name"], r["quantization"], r["value"]) for r in out.scores if "merge" in r["model_name"]] == [
        ("org/merge", "4bit", 0.7), ("org/merge", "", 0.8)
    ]  # fmt: skip
    assert not any(row["value"] == -1 for row in out.scores)


def test_a_dataset_in_two_rows_is_not_chosen_from(look, write):
    out = look(write("h.csv", leaderboard([("x", 1, "0.1,0.2"), ("x", 1, "0.3,0.4"), ("y", 1, "0.5,0.6")])))
    assert {row["task_name"] for row in out.scores} == {"y"}
    assert "repeated" in out.problems


def test_map_of_competencies(look, write):
    path = write(
        "transformed_results.csv",
        "probing dataset,probe,linguistic competencies,linguistic phenomena\nx,x,syntax,npi \n",
    )
    assert look(path).status == "skipped"
    assert competencies(path)["x"] == ("syntax", "npi", "")
