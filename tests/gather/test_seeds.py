"""The raw tree of Holmes, one file per seed, becomes one row per probe with the standard error over seeds."""

import math

import numpy as np
import pytest

TREE = "results/holmes/holmes-{task}/org__m/full/{control}/{size}/{seed}/0/done/metrics.csv"
VALUES = [0.60, 0.64, 0.62, 0.70, 0.58]


@pytest.fixture
def probe(lab):
    def put(value, seed=0, task="blimp-npi", control="NONE", size=643):
        text = f"epoch,step,train loss,full test f1\n0,1,0.5,\n1,2,,{value}\n"
        return lab.put(TREE.format(task=task, control=control, size=size, seed=seed), text)

    return put


def test_seeds_become_one_row_and_stay_beside_it(lab, probe, one_score):
    for seed, value in enumerate(VALUES):
        probe(value, seed)
        probe(value / 2, seed, control="RANDOMIZATION")
    found = lab.collect()
    row = one_score(found, primary=True)
    assert row["filter"] == "none" and row.value == pytest.approx(np.mean(VALUES))
    assert row.stderr == pytest.approx(np.std(VALUES, ddof=1) / math.sqrt(5))
    assert row.note == "mean of 5 seeds, full test f1"
    assert one_score(found, filter="control=RANDOMIZATION").value == pytest.approx(np.mean(VALUES) / 2)
    assert one_score(found, filter="seed=3").value == 0.70 and found.problems.empty


def test_the_tools_own_summary_is_the_same_measurement(lab, probe):
    columns = "probing_dataset,model_name,encoding,control_task_type,sample_size,seed,num_hidden_layers,score"
    lines = [f"{i},blimp-npi,org__m,full,NONE,643,{i},0,{value}" for i, value in enumerate(VALUES)]
    lab.put("results/results_holmes.csv", "\n".join([f",{columns}", *lines, ""]))
    for seed, value in enumerate(VALUES):
        probe(value, seed)
    found = lab.collect()
    assert found.scores["primary"].sum() == 1 and set(found.problems["kind"]) == {"duplicate"}


def test_one_seed_has_no_error_and_sizes_stay_apart(lab, probe, one_score):
    probe(0.5, seed=2)
    for size in (10, 20):
        probe(0.5 + size / 100, task="other", size=size)
    found = lab.collect()
    alone = one_score(found, task="blimp-npi", filter="none")
    assert math.isnan(alone.stderr) and alone.note.startswith("one seed (2)") and alone.primary
    assert one_score(found, filter="size=10").value == 0.6 and one_score(found, filter="size=20").value == 0.7
    assert set(found.problems["kind"]) == {"no-primary"}
    assert not found.scores.loc[found.scores["task"] == "other", "primary"].any()
