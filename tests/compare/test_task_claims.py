"""Claims on single tasks: the benchmark first, then the tasks inside it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats as sps

from mergekit_eval import stats, tables
from mergekit_eval.compare import MergeContext, claim_table, claims_paragraph, differences, place_table
from mergekit_eval.compare.comparison import Comparison
from tests.compare.conftest import one

N, MODELS = 400, {"base": "base", "a": "parent", "b": "parent", "m": "merge"}


def changed(wins: int, losses: int) -> np.ndarray:
    """Return the answers of a merge beside references that have the first half of the items right."""
    out = (np.arange(N) < N // 2).astype(float)
    out[:losses] = 0.0
    out[N - wins :] = 1.0
    return out


@pytest.fixture
def claims(build, merging):
    """Return the places and the claims of one merge from task -> (items won, items lost) against all references."""

    def claim(tasks: dict[str, tuple[int, int]], **merge: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        answers = {(model, task): changed(0, 0) for model in MODELS if model != "m" for task in tasks}
        answers |= {("m", task): changed(*counts) for task, counts in tasks.items()}
        found, merges = build(MODELS, {}, answers), merging(("m", ("a", "b"), "base")).assign(**merge)
        context, table = MergeContext(found, merges), differences(found, merges)
        places = place_table(context, table)
        return places, claim_table(context, table, places)

    return claim


def mid_p(wins: int, losses: int) -> float:
    """Two-sided mid-p of the sign test."""
    law, most = sps.binom(wins + losses, 0.5), max(wins, losses)
    return 2 * (law.sf(most) + law.pmf(most) / 2)


def test_ten_points_up_in_mathematics_and_ten_down_in_code_are_both_claimed_with_their_tasks(claims):
    algebra, geometry, code = (95, 15), (20, 20), (20, 60)
    places, found = claims({"minerva_math_algebra": algebra, "minerva_math_geometry": geometry, "mbpp": code})
    overall = places.query("level == 'overall' and relation == 'base'").iloc[0]
    assert (overall["gain"], overall["place"]) == (pytest.approx(0, abs=1e-12), "not decided")
    for reference in ("base", "a", "b"):
        rows = found[found["reference"].eq(reference)].set_index("task")
        assert rows["gain"].tolist() == pytest.approx([0.2, 0.0, -0.1])
        assert rows["place"].tolist() == ["above", "above", "below"]
        assert rows["decided"].tolist() == ["better", "undecided", "worse"]
        # Two tasks inside, six that could be tested; Holm doubles the smallest p, and tasks have a fifth of alpha.
        assert rows.loc["minerva_math_algebra", "p_adjusted"] == pytest.approx(mid_p(*algebra) * 2 * 6 / 2 / 0.2)
        assert rows.loc["minerva_math_geometry", "p_adjusted"] == 1
        assert np.isnan(rows.loc["mbpp", "p_adjusted"])


def test_a_task_is_not_tested_inside_a_benchmark_that_is_not_decided(claims):
    _, found = claims({"minerva_math_algebra": (95, 15), "minerva_math_geometry": (15, 95), "mbpp": (20, 20)})
    inside = found[found["benchmark"].eq("hendrycks_math")]
    assert len(inside) == 6
    assert (inside["p"] < 1e-10).all()
    assert set(inside["place"]) == {"not decided"}
    assert set(inside["decided"]) == {""}
    assert inside["p_adjusted"].isna().all()
    assert set(inside["note"]) == {"not tested: its benchmark is not decided"}
    assert set(inside["listed"]) == {"better", "worse"}


def test_the_parts_of_alpha_are_those_of_the_tasks_that_could_be_tested_and_not_of_those_that_are(claims):
    """The undecided benchmark has four of the seven tasks of every reference, the single task none."""
    blimp = {f"blimp_{name}": (20, 20) for name in ("one", "two", "three", "four")}
    maths = {f"minerva_math_{name}": (60, 20) for name in ("algebra", "geometry", "precalc")}
    _, found = claims(maths | blimp | {"mbpp": (20, 20)})
    row = one(found, reference="a", task="minerva_math_algebra")
    assert row["p_adjusted"] == pytest.approx(mid_p(60, 20) * 3 * (7 * 3) / 3 / 0.2)  # the smallest of three
    assert row["decided"] == "better"


def test_a_parent_that_is_not_named_has_no_part(claims):
    tasks = {"minerva_math_algebra": (60, 20), "minerva_math_geometry": (60, 20)}
    _, found = claims(tasks, reference="a")
    row = one(found, reference="a", task="minerva_math_algebra")
    assert row["p_adjusted"] == pytest.approx(mid_p(60, 20) * 2 * (2 * 2) / 2 / 0.2)
    other = found[found["reference"].eq("b")]
    assert set(other["decided"]) == {""}
    assert other["p_adjusted"].isna().all()


def test_a_benchmark_of_one_task_is_decided_by_its_place(world, merges):
    cmp = Comparison(world, merges)
    found = cmp.claims()
    assert len(found) == 3 * 3 * 2
    for row in found.itertuples():
        place = one(cmp.places, merge=row.merge, task=row.task, relation=row.relation, reference=row.reference)["place"]
        assert row.decided == {"above": "better", "below": "worse"}.get(place, "undecided")
    assert found["p_adjusted"].isna().all()


def test_the_exploration_is_that_of_all_rows_together(claims):
    _, found = claims({"minerva_math_algebra": (95, 15), "minerva_math_geometry": (36, 20), "mbpp": (20, 20)})
    p = sps.false_discovery_control(found["p"].astype(float))
    assert found["listed"].tolist() == np.where(p <= 0.05, "better", "undecided").tolist()
    assert one(found, reference="a", task="minerva_math_geometry")["listed"] == "better"
    assert one(found, reference="a", task="minerva_math_geometry")["decided"] == "undecided"


def test_what_is_not_shared_with_every_parent_has_a_reason(build, merging):
    answers = {(model, "t"): changed(0, 0) for model in MODELS}
    answers |= {("a", "u"): changed(0, 0), ("m", "u"): changed(60, 0)}
    found, merges = build(MODELS, {}, answers), merging(("m", ("a", "b"), "base"))
    row = one(Comparison(found, merges).claims(), task="u")
    assert (row["benchmark"], row["place"], row["decided"]) == ("", "", "")
    assert "counts in no benchmark" in row["note"]


def test_without_a_difference_there_is_no_claim(world, merges):
    context, empty = MergeContext(world, merges), tables.empty("differences")
    found = claim_table(context, empty, place_table(context, empty))
    assert found.empty
    assert list(found) == list(tables.columns("claims"))


def test_the_paragraph_counts_the_claims_and_states_the_rates(claims):
    _, found = claims({"minerva_math_algebra": (95, 15), "minerva_math_geometry": (20, 20), "mbpp": (20, 60)})
    text = claims_paragraph(found, 0.1)
    assert "surely better than its base or a parent: 3; surely worse: 3; not tested, as" in text
    assert "At most 10% of studies have any false statement in the table of verdicts, and at most 10% of merges" in text
    assert "have any false statement on a benchmark or a task." in text
    assert "lists 6 differences, at most 10% of them expected to be false." in text


@pytest.mark.parametrize(("other", "part"), [("minerva_math_geometry", 0.8), ("gsm8k", 1.0)])
def test_benchmarks_leave_a_fifth_of_alpha_to_tasks_where_there_are_any_inside(claims, monkeypatch, other, part):
    made, joint = [], stats.joint_claims

    def recorded(*given, alpha):
        made.append((len(given[0]), alpha))
        return joint(*given, alpha=alpha)

    monkeypatch.setattr(stats, "joint_claims", recorded)
    claims({"minerva_math_algebra": (60, 20), other: (20, 20), "mbpp": (20, 20)})
    benchmarks = 2 if part < 1 else 3
    assert made == [(1, 0.05), (benchmarks, pytest.approx(part * 0.05))]
