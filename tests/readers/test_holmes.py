"""Holmes: leaderboards at the right train portion, packaged results, results files, the raw tree."""

import math
import statistics

import pytest

from mergekit_eval.readers.holmes_leaderboard import competencies

HEADER = ",probing dataset,linguistic subfield,linguistic phenomena,probe type,train portion,probe"
TREE = "results/flash-holmes/flash-holmes-blimp-npi/org__merge/{encoding}/{control}/643/{seed}/0/done/{name}"


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


def results(rows):
    header = ",probing_dataset,model_name,encoding,control_task_type,sample_size,seed,num_hidden_layers,score"
    return "\n".join([header, *(f"{n},{row}" for n, row in enumerate(rows))]) + "\n"


def test_seeds_become_a_mean_with_its_error(look, write):
    scores = [0.5, 0.6, 0.55]
    out = look(
        write("results_flash-holmes.csv", results([f"d,org__m,full,NONE,643,{n},0,{s}" for n, s in enumerate(scores)]))
    )
    (row,) = out.scores
    assert row["model_name"] == "org/m"
    assert row["value"] == pytest.approx(0.55)
    assert row["stderr"] == pytest.approx(statistics.stdev(scores) / math.sqrt(3))
    assert row["note"] == "mean of 3 seeds"


def test_controls_layers_and_encodings_are_filters_and_the_defaults_are_not(look, write):
    rows = ["d,m,full,NONE,643,0,0,0.5", "d,m,full,PERMUTATION,643,0,0,0.3", "d,m,half,NONE,643,0,0,0.4",
            "d,m,full,NONE,643,0,4,0.45", "e,m,four_bit,NONE,10,0,0,0.2", "d,m,full,NONE,643,0,0,-1"]  # fmt: skip
    out = look(write("results_holmes.csv", results(rows)))
    assert {row["filter"]: row["value"] for row in out.scores if row["task_name"] == "d"} == {
        "none": 0.5, "control=PERMUTATION": 0.3, "layers=4": 0.45, "encoding=half": 0.4
    }  # fmt: skip
    assert [(r["filter"], r["quantization"]) for r in out.scores if r["task_name"] == "e"] == [
        ("encoding=four_bit", "4bit")
    ]
    assert out.problems == ["incomplete"]


def test_a_filter_does_not_depend_on_what_else_a_model_was_run_with(look, write):
    alone = look(write("base/results_holmes.csv", results(["d,base,full,NONE,643,0,0,0.5"])))
    rows = ["d,merge,full,NONE,643,0,0,0.6", "d,merge,half,NONE,643,0,0,0.59", "d,small,half,NONE,643,0,0,0.4"]
    beside = look(write("merge/results_holmes.csv", results(rows)))
    assert alone.scores[0]["filter"] == beside.scores[0]["filter"] == "none"
    stands = [(r["model_name"], r["filter"]) for r in beside.scores if r["primary"]]
    assert stands == [("merge", "none"), ("small", "encoding=half")]


def test_a_control_task_never_stands_for_its_data_set(look, write):
    out = look(write("results_holmes.csv", results(["d,m,full,PERMUTATION,643,0,0,0.3"])))
    assert not out.scores[0]["primary"]


def place(name, seed=0, control="NONE", encoding="full"):
    return TREE.format(name=name, seed=seed, control=control, encoding=encoding)


def test_raw_metrics_take_the_last_row_and_pearson_first(look, write):
    text = "epoch,step,train loss,full test acc,full test f1\n0,1,0.5,,\n1,2,0.4,,\n1,3,,0.8,0.7\n"
    out = look(write(place("metrics.csv"), text))
    assert out.reader == "holmes-probe"
    assert out.value("blimp-npi", "score", "seed=0", "org/merge") == 0.7
    assert out.value("blimp-npi", "acc", "seed=0") == 0.8
    pearson = "epoch,step,full test pearson,full test f1\n0,1,-0.2,0.9\n"
    assert look(write(place("metrics.csv", seed=3), pearson)).value("blimp-npi", "score", "seed=3") == -0.2


def test_raw_probe_that_did_not_finish_or_lies_elsewhere_is_refused(look, write):
    assert look(write(place("metrics.csv"), "epoch,step,full test f1\n0,1,\n")).status == "refused"
    stray = look(write("metrics.csv", "epoch,step,full test f1\n0,1,0.5\n"))
    assert stray.status == "refused"
    assert "dataset and model" in stray.why


def test_raw_control_and_precision(look, write):
    out = look(
        write(place("metrics.csv", control="RANDOMIZATION", encoding="four_bit"), "epoch,step,full test f1\n0,1,0.5\n")
    )
    assert out.scores[0]["filter"] == "seed=0,control=RANDOMIZATION,encoding=four_bit"
    assert out.scores[0]["quantization"] == "4bit"


def test_predictions_are_items_with_text_never_kept(look, write):
    text = "instance,pred,label,loss,seen\n\"('a',)\",1.0,1.0,0.1,seen\n\"('b',)\",0.0,1.0,0.2,unseen\n"
    out = look(write(place("preds.csv"), text))
    assert out.items() == [1.0, 0.0]
    assert out.value("blimp-npi", "acc", "seed=0") == 0.5
    assert "('a',)" not in str(out.readout.items.to_pylist())


def test_predictions_of_a_regression_or_without_names(look, write):
    assert look(write(place("preds.csv"), "instance,pred,label,loss,seen\na,0.31,0.5,0.1,seen\n")).status == "refused"
    assert look(write(place("preds.csv", seed=1), ",0,1,2,3,4\n0,a,b,c,d,e\n")).status == "refused"


def test_hyperparameters_are_named_and_never_loaded(look, write):
    out = look(write(place("hparams.yaml"), "batch_size: 16\nprobe: !!python/name:os.system ''\n"))
    assert out.status == "skipped"
    assert "never loaded" in out.why
