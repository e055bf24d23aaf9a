"""The raw tree of Holmes, one file per seed, becomes one row per probe with the standard error over seeds."""

import math

import numpy as np
import pytest

from tests.lab import Lab, only_score

TREE = "results/holmes/holmes-{task}/{model}/{encoding}/{control}/{size}/{seed}/0/done/metrics.csv"
COLUMNS = "probing_dataset,model_name,encoding,control_task_type,sample_size,seed,num_hidden_layers,score"
VALUES = [0.60, 0.64, 0.62, 0.70, 0.58]


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path)


@pytest.fixture
def probe(lab):
    def put(value, seed=0, **place):
        text = f"epoch,step,train loss,full test f1\n0,1,0.5,\n1,2,,{value}\n"
        default = {"task": "blimp-npi", "model": "org__m", "encoding": "full", "control": "NONE", "size": 643}
        return lab.put(TREE.format(**default | place, seed=seed), text)

    return put


def test_seeds_become_one_row_and_stay_beside_it(lab, probe):
    for seed, value in enumerate(VALUES):
        probe(value, seed)
        probe(value / 2, seed, control="RANDOMIZATION")
    found = lab.collect()
    row = only_score(found, primary=True)
    assert row["filter"] == "none" and row.value == pytest.approx(np.mean(VALUES))
    assert row.stderr == pytest.approx(np.std(VALUES, ddof=1) / math.sqrt(5))
    assert row.note == "mean of 5 seeds, full test f1" and (row.seeds, row.measure) == (5, "F1")
    assert only_score(found, filter="control=RANDOMIZATION").value == pytest.approx(np.mean(VALUES) / 2)
    assert only_score(found, filter="seed=3").value == 0.70 and found.problems.empty


def test_the_tools_own_summary_is_the_same_measurement(lab, probe):
    lines = [f"{i},blimp-npi,org__m,full,NONE,643,{i},0,{value}" for i, value in enumerate(VALUES)]
    lab.put("results/results_holmes.csv", "\n".join([f",{COLUMNS}", *lines, ""]))
    for seed, value in enumerate(VALUES):
        probe(value, seed)
    found = lab.collect()
    assert found.scores["primary"].sum() == 1 and set(found.problems["kind"]) == {"duplicate"}


def test_one_seed_has_no_error_and_sizes_stay_apart(lab, probe):
    probe(0.5, seed=2)
    for size in (10, 20):
        probe(0.5 + size / 100, task="other", size=size)
    found = lab.collect()
    alone = only_score(found, task="blimp-npi", filter="none")
    assert math.isnan(alone.stderr) and alone.note.startswith("one seed (2)") and alone.seeds == 1 and alone.primary
    assert only_score(found, filter="size=10").value == 0.6 and only_score(found, filter="size=20").value == 0.7
    assert set(found.problems["kind"]) == {"no-primary"}
    assert not found.scores.loc[found.scores["task"] == "other", "primary"].any()


def test_runs_of_two_encodings_are_never_one_mean(lab, probe):
    for number, encoding in enumerate(("full", "half", "eight_bit", "four_bit")):
        probe(0.5 + number / 100, encoding=encoding)
    found = lab.collect()
    assert only_score(found, primary=True).value == 0.50 and found.problems.empty
    for encoding, value in {"half": 0.51, "eight_bit": 0.52, "four_bit": 0.53}.items():
        row = only_score(found, filter=f"encoding={encoding}")
        assert row.value == value and row.note.startswith("one seed")


@pytest.mark.parametrize("tree", [True, False])
def test_equal_conditions_of_two_models_have_equal_names(lab, probe, tree):
    runs = [("base", "full", 643, 0.8), ("merge", "full", 643, 0.9), ("merge", "full", 321, 0.85)]
    for number, (model, encoding, size, value) in enumerate([*runs, ("merge", "half", 643, 0.7)]):
        line = f"{number},blimp-npi,org__{model},{encoding},NONE,{size},0,0,{value}"
        if tree:
            probe(value, model=f"org__{model}", encoding=encoding, size=size)
        else:
            lab.put(f"{number}/results_holmes.csv", f",{COLUMNS}\n{line}\n")
    found = lab.collect()
    rows = found.scores[~found.scores["filter"].str.startswith("seed=")]
    assert set(zip(rows["model"], rows["filter"], rows["value"], strict=True)) == {
        ("org/base", "size=643", 0.8), ("org/merge", "size=643", 0.9), ("org/merge", "size=321", 0.85),
        ("org/merge", "encoding=half", 0.7),
    }  # fmt: skip
    assert set(found.problems["kind"]) == {"no-primary"}


def test_a_model_without_a_run_that_stands_is_named(lab, probe):
    probe(0.5, model="org__whole")
    probe(0.5, model="org__halved", encoding="half")
    probe(0.4, model="org__checked", control="PERMUTATION")
    found = lab.collect()
    assert only_score(found, model="org/halved", primary=True)["filter"] == "encoding=half"
    (message,) = found.problems["message"]
    assert message.startswith("org/checked: which run stands for ['blimp-npi']?")
