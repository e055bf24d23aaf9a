"""Linguistic probes: seeds, measures kept apart, minimal pairs, gains."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    differences,
    gain_boxes,
    holmes_probes,
    impact_of,
    impact_table,
    linguistic_probes,
    minimal_pair_probes,
    probe_differences,
    probe_gains,
    probe_groups,
    quartile_table,
    tree_of,
    unmapped,
)
from mergekit_eval.errors import DataError
from mergekit_eval.schema import conform

VALUES = {  # model -> dataset -> one score per seed
    "a": {"syn-1": (0.60, 0.62, 0.61), "syn-2": (0.70, 0.72, 0.74), "r-1": (0.30, 0.32, 0.28), "stray": (0.9,) * 3},
    "m": {"syn-1": (0.50, 0.52, 0.51), "syn-2": (0.80, 0.82, 0.84), "r-1": (-0.1, -0.12, -0.08), "stray": (0.1,) * 3},
}  # fmt: skip


def holmes_of(values: dict) -> Collection:
    """Return a row per seed, as the raw result files give them."""
    rows = [
        {"run": f"{model}-{k}", "model": model, "role": "merge" if model == "m" else "parent", "tool": "holmes",
         "task": dataset, "metric": "score", "filter": f"encoding=full,seed={k}", "primary": True, "value": v,
         "higher_is_better": True, "scale": "unit", "kind": "task",
         "capability": {"s": "syntax", "r": "semantics"}.get(dataset[0], "") if dataset != "stray" else ""}
        for model, sets in values.items()
        for dataset, seeds in sets.items()
        for k, v in enumerate(seeds)
    ]  # fmt: skip
    return Collection(conform(rows, "scores"), conform([], "items"), conform([], "problems"))


MERGES = pd.DataFrame([("m", "linear", ("a",), "")], columns=["merge", "method", "parents", "base"])


@pytest.fixture(scope="module")
def seeded() -> Collection:
    return holmes_of(VALUES)


def test_the_error_is_taken_over_seeds(seeded):
    row = holmes_probes(seeded).set_index(["model", "dataset"]).loc[("a", "syn-2")]
    assert row["value"] == pytest.approx(0.72)
    assert row["stderr"] == pytest.approx(np.std((0.70, 0.72, 0.74), ddof=1) / np.sqrt(3))
    assert (row["df"], row["seeds"]) == (2, 3)


def test_a_negative_dataset_is_a_correlation_and_kept_apart(seeded):
    probes = holmes_probes(seeded)
    assert set(probes.loc[probes["dataset"].eq("r-1"), "measure"]) == {"Pearson r"}
    groups = probe_groups(probes)
    assert set(groups.loc[groups["task"].eq("semantics"), "scale"]) == {"natural"}
    mixed = probes.assign(competency=probes["competency"].replace("semantics", "syntax"))
    assert set(probe_groups(mixed)["task"]) == {"syntax (F1 or Pearson r, not stated)", "syntax (Pearson r)"}


def test_a_competency_is_the_mean_of_its_datasets_with_the_errors_of_seeds(seeded):
    row = probe_groups(holmes_probes(seeded)).set_index(["task", "model"]).loc[("syntax", "a")]
    assert row["value"] == pytest.approx((0.61 + 0.72) / 2)
    errors = [np.std(VALUES["a"][d], ddof=1) / np.sqrt(3) for d in ("syn-1", "syn-2")]
    total = sum(e**2 for e in errors)
    df = total**2 / sum(e**4 / 2 for e in errors)
    half = sps.t.isf(0.025, df) * np.sqrt(total) / 2
    assert row["high"] - row["value"] == pytest.approx(half)


def test_unmapped_datasets_are_named_and_in_no_group(seeded):
    probes = holmes_probes(seeded)
    assert list(unmapped(probes)["dataset"]) == ["stray"]
    assert not probe_groups(probes)["task"].str.contains("nan|stray").any()
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


@pytest.fixture(scope="module")
def pairs(build):
    rng = np.random.default_rng(9)
    values = {(m, f"blimp_{t}"): (rng.random(50) < r).astype(float)
              for m, r in (("a", 0.9), ("m", 0.6)) for t in ("anaphor_gender_agreement", "causative")}  # fmt: skip
    return build({"a": "parent", "m": "merge"}, {}, values), values


def test_minimal_pairs_have_field_phenomenon_and_errors_of_items(pairs):
    row = minimal_pair_probes(pairs[0]).set_index(["model", "dataset"]).loc[("m", "blimp_causative")]
    values = pairs[1]["m", "blimp_causative"]
    assert (row["competency"], row["phenomenon"]) == ("syntax", "argument structure")
    assert row["stderr"] == pytest.approx(np.sqrt(values.var() / 50 + 0.5 / 50**2), rel=0.02)


def test_gains_on_minimal_pairs_are_paired_items(pairs):
    probes = linguistic_probes(pairs[0])
    assert probes["tool"].eq("pairs").all()
    gains = probe_gains(pairs[0], probes, MERGES).set_index("task")
    plain = differences(pairs[0], MERGES).set_index("task")
    for task in gains.index:
        assert gains.loc[task, "p"] == plain.loc[task, "p"]
        assert gains.loc[task, "gain"] == pytest.approx(pairs[1]["m", task].mean() - pairs[1]["a", task].mean())


def test_holmes_goes_first_and_a_wrong_tool_is_refused(seeded, pairs):
    assert linguistic_probes(seeded)["tool"].eq("holmes").all()
    assert "no result of Holmes" in probes_paragraph(linguistic_probes(pairs[0], "holmes"), "holmes")
    with pytest.raises(DataError, match="blimp"):
        linguistic_probes(seeded, "blimp")


def gains(*rows: tuple) -> pd.DataFrame:
    columns = ["merge", "reference", "relation", "task", "capability", "gain", "scale"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(gain_low=table["gain"] - 0.1, gain_high=table["gain"] + 0.1, decided="undecided")


def test_impact_takes_both_ends_and_no_row_twice():
    table = gains(*(("m", "a", "parent", f"t{k}", "c", k / 10, "unit") for k in range(7)))
    assert list(impact_table(table, 2)["task"]) == ["t6", "t5", "t1", "t0"]
    assert sorted(impact_table(table, 5)["task"]) == [f"t{k}" for k in range(7)]


def test_impact_of_prefers_the_specialist_and_says_when_there_is_nothing():
    rows = [
        ("m", who, kind, "t", "c", 0.1, "unit") for who, kind in (("b", "base"), ("p", "parent"), ("s", "specialist"))
    ]
    assert set(impact_of(gains(*rows))["reference"]) == {"s"}
    assert set(impact_of(gains(*rows[:2]))["reference"]) == {"p"}
    assert "no gains of the merge x" in tables.reason(impact_of(gains(*rows), "x"))


def test_boxes_are_quartiles_and_keep_scales_apart():
    rng = np.random.default_rng(1)
    values = [*rng.normal(size=20), 9.0]
    table = pd.DataFrame({"capability": "c", "model": "m", "value": values})
    row = quartile_table(table).iloc[0]
    q1, q3 = np.percentile(values, [25, 75])
    assert (row["q1"], row["q3"]) == (pytest.approx(q1), pytest.approx(q3))
    assert row["high"] == max(v for v in values if v <= q3 + 1.5 * (q3 - q1)) < 9
    two = gain_boxes(gains(("m", "a", "base", "t", "c", 0.1, "unit"), ("m", "a", "base", "r", "c", 0.2, "natural")))
    assert two.set_index("scale")["median"].to_dict() == {"unit": pytest.approx(10), "natural": pytest.approx(0.2)}


def test_a_tree_has_no_gaps_and_names_what_it_left_out():
    points = {"t1": 0.0, "t2": 0.01, "t3": 0.5}
    rows = [(m, "b", "base", t, "c", v, "unit") for t, v in points.items() for m in ("x", "y")]
    tree = tree_of(gains(*rows, ("x", "b", "base", "gap", "c", 0.3, "unit")))
    assert tree.leaves == ["t1", "t2", "t3"]
    assert tree.linkage[0, :2].tolist() == [0, 1]
    assert tree.linkage[0, 2] == pytest.approx(0.01 * np.sqrt(2))
    assert "gap" in tree.note
    one = tree_of(gains(("x", "b", "base", "t", "c", 0.1, "unit")))
    assert one.table.empty
    assert "fewer than two" in tables.reason(one.table)
