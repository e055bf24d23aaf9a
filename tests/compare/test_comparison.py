"""The object that a notebook holds: one table, verbs that give what the functions give, nothing changed in place."""

import pandas as pd
import pytest

from mergekit_eval import compare, tables
from mergekit_eval.compare.comparison import Comparison
from mergekit_eval.errors import DataError
from mergekit_eval.study import load_study


@pytest.fixture(scope="module")
def comparison(world, merges):
    return Comparison(world, merges, alpha=0.1)


def test_every_difference_of_a_task_is_a_row_of_the_one_table(comparison):
    keys = ["merge", "relation", "reference", "level", "task"]
    assert not comparison.table.duplicated(keys).any()
    rows = comparison.only(level="task").merge(comparison.tasks, on=[*keys[:3], "task"], suffixes=("", "_there"))
    assert len(rows) == len(comparison.tasks)
    assert (rows["gain"] == rows["gain_there"]).all()
    assert (rows["stderr"] == rows["stderr_there"]).all()


def test_a_verdict_shows_the_row_of_its_best_parent(comparison):
    for verdict in comparison.verdicts().itertuples():
        row = comparison.only(level="overall", relation="parent", merge=verdict.merge, reference=verdict.best_parent)
        place = tables.only(comparison.places, level="overall", merge=verdict.merge, reference=verdict.best_parent)
        assert verdict.gain_raw == row.loc[0, "gain"]
        assert (
            verdict.gain
            == place.iloc[-1]["gain"]
            == comparison.only(level="overall", relation="best parent", merge=verdict.merge).loc[0, "gain"]
        )
        assert (verdict.gain_low, verdict.gain_high) == tuple(place.iloc[-1][["gain_low", "gain_high"]])


def test_verbs_give_what_the_functions_give(comparison, world, merges):
    kin = compare.MergeContext(world, merges, level=0.9)
    pd.testing.assert_frame_equal(comparison.retention(0.9), compare.retention_table(kin, share=0.9, alpha=0.1))
    pd.testing.assert_frame_equal(comparison.regressions(), compare.regression_table(kin, alpha=0.1))


def test_a_verb_changes_nothing(comparison):
    before = comparison.table.copy(deep=True)
    comparison.verdicts(), comparison.bands(), comparison.categories(), comparison.non_inferiority(0.05)
    pd.testing.assert_frame_equal(comparison.table, before)


def test_another_reference_is_in_tasks_and_averages_and_changes_no_other_row(comparison, world, merges):
    more = Comparison(world, merges, alpha=0.1, references=["middle"])
    assert set(more.only(relation="reference")["level"]) == {"task", "capability", "overall"}
    columns = ["merge", "relation", "reference", "level", "task", "gain", "stderr", "p"]
    others = more.table[more.table["relation"].ne("reference")][columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, comparison.table[columns].reset_index(drop=True))


def test_weights_that_name_one_benchmark_leave_every_table_whole(world, merges):
    one = Comparison(world, merges, weights={"task_a": 2})
    tasks = one.tasks.set_index(["merge", "reference", "task"])["gain"]
    for row in tables.only(one.places, level="overall").itertuples():
        assert row.gain == tasks[row.merge, row.reference, "task_a"]
    assert set(one.verdicts()["n_benchmarks"]) == {1}
    verbs = ("retention", "regressions", "forgetting", "categories", "items", "choice", "sensitivity", "collapse")
    assert all(len(getattr(one, verb)()) for verb in verbs)
    counted = one.vote_table().set_index("benchmark")["weight"]
    assert counted.to_dict() == {"task_a": 1.0, "task_b": 0.0}


def test_an_unknown_family_is_refused_with_what_is_allowed(world, merges):
    with pytest.raises(DataError, match="family = 'rows'; allowed: all, merge"):
        _ = Comparison(world, merges, family="rows").tasks


def test_every_name_is_exported():
    assert set(compare.__all__) <= set(dir(compare))
    assert len(compare.__all__) == len(set(compare.__all__))


def test_a_model_trained_on_every_task_stands_beside_the_specialists_with_its_gap(world, merges, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("study: s\nmodels:\n  base: {role: base}\n  middle: {role: reference, kind: multitask}\n")
    two = merges[merges["merge"].ne("middle")]
    found = Comparison(world, two, study=load_study(file))
    rows = found.only(relation="multitask", level="overall").set_index("merge")
    means = world.scores.groupby("model")["value"].mean()
    assert rows["gain"].to_dict() == pytest.approx({name: means[name] - means["middle"] for name in ("good", "poor")})
    assert set(rows["reference"]) == {"middle"}
    assert set(found.places["relation"]) == {"base", "parent", "best parent"}
    assert list(Comparison(world, two).verdicts()["verdict"]) == list(found.verdicts()["verdict"])
