"""MMLU by area and IFEval by metric against plain arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval import tables
from mergekit_eval.compare import (
    ifeval_table,
    mmlu_table,
    subject_differences,
)
from mergekit_eval.compare.leaderboards import suites
from mergekit_eval.compare.subjects import subject_areas
from tests.compare.boards.conftest import SUBJECTS, mmlu, row

AREAS = suites()["mmlu"]


def test_mmlu_areas_count_every_question_once(subjects):
    values, sizes = subjects
    table = mmlu_table(pd.DataFrame(mmlu("m", values, sizes))).set_index("task")
    area = np.array([subject_areas()[task] for task in SUBJECTS])
    for name in AREAS:
        mine = area == name
        assert table.loc[name, "value"] == pytest.approx(np.average(values[mine], weights=sizes[mine]))
        assert table.loc[name, "macro"] == pytest.approx(values[mine].mean())
    weights = sizes / sizes.sum()
    error = np.sqrt((weights**2 * values * (1 - values) / sizes).sum())
    half = (table.loc["mmlu", "high"] - table.loc["mmlu", "low"]) / 2
    assert half == pytest.approx(sps.norm.isf(0.025) * error)


def test_an_area_without_a_subject_has_no_value_and_counts_the_gap(subjects):
    rows = [r for r in mmlu("m", *subjects) if r["task"] != "mmlu_anatomy"]
    table = mmlu_table(pd.DataFrame(rows)).set_index("task")
    assert table.loc["mmlu", "note"] == "1 of 57 subjects missing"
    assert pd.isna(table.loc["mmlu", "value"])
    assert table["value"].notna().sum() == 3  # the other areas are whole


def test_a_subject_is_known_by_its_column_whatever_its_variant_is_called():
    shots = [{"variant": f"[n_shot={n}]", "task": f"mmlu_anatomy [n_shot={n}]", "n_shot": n} for n in (0, 5)]
    rows = [row("m", "mmlu_anatomy", 0.5 + one["n_shot"] / 100) | one for one in shots]
    assert set(mmlu_table(pd.DataFrame(rows))["model"]) == {"m [n_shot=0]", "m [n_shot=5]"}
    facts = {"merge": "m", "reference": "a", "task_key": "mmlu_anatomy", "gain": 0.1, "p": 0.5}
    found = subject_differences(pd.DataFrame([facts | {"task": one["task"]} for one in shots]))
    assert list(found["task"]) == ["mmlu_anatomy [n_shot=0]", "mmlu_anatomy [n_shot=5]"]
    assert set(found["area"]) == {"STEM"}


def test_subjects_that_differ_are_a_family_of_their_own():
    rng = np.random.default_rng(3)
    p = np.concatenate([[1e-6, 1e-5], rng.uniform(0.1, 1, 55)])
    rows = pd.DataFrame({"merge": "m", "reference": "a", "task_key": SUBJECTS, "gain": 0.1, "p": p, "decided": ""})
    other = pd.DataFrame({"merge": ["m"], "reference": ["a"], "task_key": ["gsm8k"], "gain": [0.5], "p": [1e-9]})
    found = subject_differences(pd.concat([rows, other], ignore_index=True))
    assert len(found) == 57
    assert np.allclose(found["p_adjusted"], sps.false_discovery_control(p))
    assert set(found.loc[found["decided"].eq("better"), "task_key"]) == set(SUBJECTS[:2])


def test_no_subject_among_differences_no_rows():
    """A table without rows once grew to the length of the differences."""
    other = pd.DataFrame({"merge": ["m"], "reference": ["a"], "task_key": ["gsm8k"], "gain": [0.5], "p": [1e-9]})
    found = subject_differences(other)
    assert len(found) == 0
    assert "no subject" in tables.reason(found)


def test_ifeval_keeps_the_order_of_its_four_metrics():
    names = ["inst_level_loose_acc", "prompt_level_strict_acc", "prompt_level_loose_acc", "inst_level_strict_acc"]
    table = ifeval_table(pd.DataFrame([row("m", "ifeval", 0.5, metric=name) for name in names]))
    assert list(table["task"]) == ["prompts, strict", "instructions, strict", "prompts, loose", "instructions, loose"]
    assert "no metric of IFEval" in tables.reason(ifeval_table(pd.DataFrame([row("m", "gsm8k", 0.5)])))
