"""Results files of Holmes: seeds become a mean, conditions become filters."""

import math
import statistics

import pytest


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
    assert row["note"] == "mean of 3 seeds" and row["seeds"] == 3


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


def test_a_table_of_probes_that_did_not_finish_is_refused(look, write):
    out = look(write("results_holmes.csv", results(["d,m,full,NONE,643,0,0,-1", ",m,full,NONE,643,0,0,0.5"])))
    assert (out.status, out.why) == ("refused", "no row holds a dataset, a model and a score")
