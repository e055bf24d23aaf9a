"""Linguistic probes: seeds, measures kept apart, minimal pairs, gains."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.compare import (
    holmes_probes,
    minimal_pair_probes,
    probe_differences,
    probe_groups,
    unmapped,
)
from tests.compare.probes.conftest import MERGES, VALUES, holmes_of
from tests.lab import Lab


def test_the_error_is_taken_over_seeds(seeded):
    row = holmes_probes(seeded).set_index(["model", "dataset"]).loc[("a", "syn-2")]
    assert row["value"] == pytest.approx(0.72)
    assert row["stderr"] == pytest.approx(np.std((0.70, 0.72, 0.74), ddof=1) / np.sqrt(3))
    assert (row["df"], row["seeds"]) == (2, 3)


RAW = "results/holmes/holmes-{task}/org__m/full/NONE/643/{seed}/0/done/metrics.csv"


@pytest.mark.parametrize(("column", "measure"), [("full test f1", "F1"), ("full test pearson", "Pearson r")])
def test_seeds_and_measure_are_those_of_the_raw_files(tmp_path, column, measure):
    lab = Lab(tmp_path)
    for seed, value in enumerate((0.70, 0.72, 0.74)):
        lab.put(RAW.format(task="several", seed=seed), f"epoch,step,{column}\n0,1,{value}\n")
    lab.put(RAW.format(task="alone", seed=4), f"epoch,step,{column}\n0,1,0.5\n")
    probes = holmes_probes(lab.collect()).set_index("dataset")
    assert set(probes["measure"]) == {measure}
    assert probes.loc["several", "value"] == pytest.approx(0.72)
    assert probes.loc["several", "stderr"] == pytest.approx(0.02 / np.sqrt(3))
    assert (probes.loc["several", "df"], probes.loc["several", "seeds"]) == (2, 3)
    assert np.isnan(probes.loc["alone", "stderr"]) and np.isinf(probes.loc["alone", "df"])
    assert "one seed" in probes.loc["alone", "note"]


@pytest.mark.parametrize(
    ("runs", "stderr", "df", "seeds"),
    [
        (((0.5,), (0.6,)), np.nan, np.inf, None),  # one seed each: no error, however many runs
        (((0.4, 0.6), (0.5, 0.7, 0.6)), 0.1, 1, 2),  # errors of 0.1 on 2 seeds and 0.058 on 3
        (((0.5, 0.5, 0.5), (0.6,)), np.nan, np.inf, None),
    ],
)
def test_runs_that_no_date_tells_apart_are_no_seeds(runs, stderr, df, seeds):
    """A mean of two runs of one measurement, which may be of the same seeds, with the weaker error of the two."""
    for order in runs, runs[::-1]:
        parts = [holmes_of({"a": {"syn-1": values}}).scores for values in order]
        (row,) = holmes_probes(SimpleNamespace(scores=pd.concat(parts, ignore_index=True))).itertuples()
        assert row.value == pytest.approx(np.mean([np.mean(values) for values in runs]))
        assert (row.stderr, row.df) == (pytest.approx(stderr, nan_ok=True), df)
        assert pd.isna(row.seeds) if seeds is None else row.seeds == seeds
        assert "mean of 2 runs without a date" in row.note


def test_a_negative_dataset_is_a_correlation_and_kept_apart(seeded):
    probes = holmes_probes(seeded)
    assert set(probes.loc[probes["dataset"].eq("r-1"), "measure"]) == {"Pearson r"}
    groups = probe_groups(probes, seeded)
    assert set(groups.loc[groups["task"].eq("semantics"), "scale"]) == {"natural"}
    mixed = probes.assign(competency=probes["competency"].replace("semantics", "syntax"))
    assert set(probe_groups(mixed, seeded)["task"]) == {"syntax (F1 or Pearson r, not stated)", "syntax (Pearson r)"}


def test_a_competency_is_the_mean_of_its_datasets_with_the_errors_of_seeds(seeded):
    row = probe_groups(holmes_probes(seeded), seeded).set_index(["task", "model"]).loc[("syntax", "a")]
    assert row["value"] == pytest.approx((0.61 + 0.72) / 2)
    errors = [np.std(VALUES["a"][d], ddof=1) / np.sqrt(3) for d in ("syn-1", "syn-2")]
    total = sum(e**2 for e in errors)
    df = total**2 / sum(e**4 / 2 for e in errors)
    half = sps.t.isf(0.025, df) * np.sqrt(total) / 2
    assert row["high"] - row["value"] == pytest.approx(half)


def test_unmapped_datasets_are_named_and_in_no_group(seeded):
    probes = holmes_probes(seeded)
    assert list(unmapped(probes)["dataset"]) == ["stray"]
    assert not probe_groups(probes, seeded)["task"].str.contains("nan|stray").any()
    assert "every dataset is mapped" in tables.reason(unmapped(probes[probes["dataset"].ne("stray")]))


def test_gains_over_seeds_are_welch(seeded):
    table = probe_differences(holmes_probes(seeded), MERGES, {"a": frozenset({"language"})})
    row = table.set_index("task").loc["syn-2"]
    test = sps.ttest_ind(VALUES["m"]["syn-2"], VALUES["a"]["syn-2"], equal_var=False)
    assert row["gain"] == pytest.approx(0.10)
    assert row["p"] == pytest.approx(test.pvalue)
    assert row["relation"] == "specialist"
    assert table.set_index("task").loc["stray", "note"] == "no error known"


def test_one_seed_has_a_gain_and_decides_nothing():
    table = probe_differences(
        holmes_probes(holmes_of({m: {"syn-1": (v,)} for m, v in (("a", 0.5), ("m", 0.9))})), MERGES
    )
    assert table["gain"].iloc[0] == pytest.approx(0.4)
    assert table["decided"].iloc[0] == ""


def test_minimal_pairs_have_field_phenomenon_and_errors_of_items(pairs):
    row = minimal_pair_probes(pairs[0]).set_index(["model", "dataset"]).loc[("m", "blimp_causative")]
    values = pairs[1]["m", "blimp_causative"]
    assert (row["competency"], row["phenomenon"]) == ("syntax", "argument structure")
    assert row["stderr"] == pytest.approx(np.sqrt(values.var() / 50 + 0.5 / 50**2))
