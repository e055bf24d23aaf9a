"""Correlations of tasks, one pair closely, families, gains, items between models and Holmes, by plain routes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from scipy.stats import kendalltau, pearsonr, spearmanr

from mergekit_eval import tables, views
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    axis_labels,
    chosen_pair,
    correlations,
    families_of,
    family_sensitivity,
    gain_correlation,
    gain_points,
    harness_scores,
    holmes_harness,
    item_agreement,
    pair_detail,
    scatter_points,
    score_table,
    sizes_of,
    task_reliability,
    task_tree,
)
from mergekit_eval.errors import DataError
from mergekit_eval.schema import conform

TASKS = ("one", "two", "three")
KIN = {"m1": ("a", "b"), "m2": ("a", "c"), "m3": ("b", "c"), "m4": ("a", "b"), "m5": ("m1", "c")}
MODELS = ("base", "a", "b", "c", *KIN)
N = 120


def world(seed=1, drop=(), items=True, lower=()):
    """Nine models on three tasks; the skill of a model is shared by the first two tasks."""
    rng = np.random.default_rng(seed)
    skill, scores, rows = dict(zip(MODELS, rng.permutation(np.linspace(0.2, 0.8, len(MODELS))), strict=True)), [], []
    for task in TASKS:
        for model in MODELS:
            if (model, task) in drop:
                continue
            rate = rng.random() if task == "three" else skill[model]
            values = (rng.random(N) < rate).astype(float)
            key = {"run": model, "model": model, "role": "merge" if model in KIN else "parent", "task": task}
            key |= {"metric": "acc", "filter": "none"}
            facts = {"higher_is_better": task not in lower, "scale": "unit", "primary": True, "kind": "task"}
            facts |= {"capability": task, "tool": "lm-eval", "n": N, "value": values.mean()}
            scores.append(key | facts)
            rows += [key | {"item_key": f"{task}{i}", "value": v, "line": i} for i, v in enumerate(values)]
    frame = conform(rows if items else [], "items")
    return Collection(conform(scores, "scores"), frame, conform([], "problems"))


@pytest.fixture(scope="module")
def found():
    return world()


@pytest.fixture(scope="module")
def merges():
    rows = [(name, "linear", parents, "base", "study") for name, parents in KIN.items()]
    return pd.DataFrame(rows, columns=["merge", "method", "parents", "base", "known_from"])


def study(**models):
    facts = {"family": "", "params_b": None}
    return SimpleNamespace(models={n: SimpleNamespace(name=n, **(facts | given)) for n, given in models.items()})


def wide(scores):
    return scores.pivot_table(index="model", columns="task", values="value")


def test_reliability_is_what_item_noise_leaves(found):
    scores = score_table(found)
    table = task_reliability(scores).set_index("task")
    mine = scores[scores["task"] == "one"]
    wanted = 1 - (mine["stderr"] ** 2).mean() / mine["value"].var(ddof=1)
    assert table.loc["one", "reliability"] == pytest.approx(wanted)


def test_a_noisy_task_is_unreliable_whatever_its_correlations(found):
    scores = score_table(found)
    flat = scores["value"].where(scores["task"] != "three", 0.5 + 0.001 * np.arange(len(scores)))
    noisy = scores.assign(value=flat)
    table = correlations(noisy)
    assert not table.loc[table["y"].eq("three") | table["x"].eq("three"), "reliable"].any()
    assert table.loc[table["y"].eq("two") & table["x"].eq("one"), "reliable"].all()
    assert "three: mostly item noise" in table["note"].iloc[-1]
    assert "three (0%)" in views.noisy(task_reliability(noisy))
    assert "is not known" in views.noisy(task_reliability(noisy.assign(stderr=np.nan)))


def test_the_tree_joins_at_one_minus_r(found):
    table = correlations(score_table(found))
    tree = task_tree(table)
    r = {frozenset((x, y)): v for x, y, v in zip(table["x"], table["y"], table["r"], strict=True)}
    flat = [1 - r[frozenset(pair)] for pair in (("one", "two"), ("one", "three"), ("two", "three"))]
    assert tree.linkage == pytest.approx(hierarchy.linkage(flat, "average"))
    assert tree.leaves == ["one", "two", "three"]
    assert len(tree.table) == 2


def test_no_tree_where_too_few_tasks_go_with_every_other(found):
    gone = [(model, "three") for model in MODELS[:6]]
    tree = task_tree(correlations(score_table(world(drop=gone))))
    assert tree.table.empty
    assert "fewer than three tasks" in tree.note
    assert "three" in tree.note


def test_the_strongest_reliable_pair_is_chosen_or_what_is_named(found):
    table = correlations(score_table(found))
    assert set(chosen_pair(table)) == {"one", "two"}
    assert chosen_pair(table, "three", "one") == ("three", "one")
    assert chosen_pair(table, y="three")[1] == "three"
    assert chosen_pair(table, "two")[0] == "two"
    assert chosen_pair(table.iloc[:0]) == ("", "")
    with pytest.raises(DataError, match="y_task = 'four' is no task"):
        chosen_pair(table, "one", "four")
    with pytest.raises(DataError, match="both 'one'"):
        chosen_pair(table, "one", "one")


def test_points_carry_intervals_and_families(found, merges):
    scores = score_table(found)
    families = families_of(None, merges, MODELS)
    points = scatter_points(scores, "one", "three", families).set_index("name")
    assert points.loc["m1", "x"] == pytest.approx(100 * wide(scores).loc["m1", "one"])
    assert points.loc["m1", "x_low"] < points.loc["m1", "x"] < points.loc["m1", "x_high"]
    assert points["family"].to_dict() == {
        **{"base": "no family known", "a": "a", "b": "b", "c": "c", "m5": "3 parents"},
        **dict.fromkeys(["m1", "m2", "m3", "m4"], "2 parents"),
    }
    labels = axis_labels(score_table(world(lower=("one",))), "one", "two")
    assert labels == {"x_label": "one, acc (%)", "x_higher": False, "y_label": "two, acc (%)", "y_higher": True}


def test_families_are_named_by_the_study_or_else_by_descent(merges):
    kin = families_of(None, merges, MODELS)
    assert kin["made from c"] == {"c", "m2", "m3", "m5"}
    assert kin["made from a"] == {"a", "m1", "m2", "m4", "m5"}
    named = families_of(study(a={"family": "x"}, b={"family": "x"}, c={"family": "y"}), merges, MODELS)
    assert named == {"x": {"a", "b", "m1", "m4"}, "y": {"c"}}
    assert families_of(None, merges.iloc[:0], MODELS) == {}


def test_a_merge_has_its_parents_size_unless_they_differ_or_it_is_a_mixture(merges):
    plan = study(a={"params_b": 7.0}, b={"params_b": 7.0}, c={"params_b": 13.0})
    assert sizes_of(plan, merges) == {"a": 7, "b": 7, "c": 13, "m1": 7, "m4": 7}
    assert "m1" not in sizes_of(plan, merges.assign(method="moe"))
    assert sizes_of(None, merges) == {}


def test_one_pair_is_read_in_every_way(found, merges):
    scores = score_table(found)
    x, y = wide(scores)["one"], wide(scores)["two"]
    rows = pair_detail(scores, "one", "two").set_index("kind")
    assert rows.loc["kendall", "r"] == pytest.approx(kendalltau(x, y).statistic)
    assert rows.loc["spearman", "r"] == pytest.approx(spearmanr(x, y).statistic)
    assert rows.loc["pearson", "r"] == pytest.approx(pearsonr(x, y).statistic)
    kept = task_reliability(scores).set_index("task")["reliability"]
    noise_free = pearsonr(x, y).statistic / np.sqrt(kept["one"] * kept["two"])
    assert rows.loc["pearson, item noise taken out", "r"] == pytest.approx(noise_free)
    assert "no model's number" in rows.loc["spearman, size (log parameters) taken out", "note"]
    assert "no family" in rows.loc["spearman, family means taken out", "note"]


def test_size_is_taken_out_by_ranks(found):
    scores = score_table(found)
    x, y = (wide(scores)[t].rank() for t in ("one", "two"))
    sizes = dict(zip(wide(scores).index, 2.0 ** np.arange(9), strict=True))
    z = pd.Series(np.arange(1.0, 10.0), index=x.index)
    left = [v - np.polyval(np.polyfit(z, v, 1), z) for v in (x, y)]
    kind = "spearman, size (log parameters) taken out"
    row = pair_detail(scores, "one", "two", sizes=sizes).set_index("kind").loc[kind]
    assert row["r"] == pytest.approx(pearsonr(*left).statistic)
    same = pair_detail(scores, "one", "two", sizes=dict.fromkeys(MODELS, 7.0)).set_index("kind")
    assert "the same size" in same.loc[kind, "note"]


def test_families_that_overlap_are_not_taken_out_but_those_that_divide_are(found, merges):
    scores = score_table(found)
    lineage = families_of(None, merges, MODELS)
    kind = "spearman, family means taken out"
    assert "overlap" in pair_detail(scores, "one", "two", families=lineage).set_index("kind").loc[kind, "note"]
    split = {"x": frozenset(MODELS[:4]), "y": frozenset(MODELS[4:])}
    ranks = wide(scores)[["one", "two"]].rank()
    ranks = ranks - ranks.groupby(lambda m: m in split["x"]).transform("mean")
    row = pair_detail(scores, "one", "two", families=split).set_index("kind").loc[kind]
    assert row["r"] == pytest.approx(pearsonr(ranks["one"], ranks["two"]).statistic)


def test_leaving_a_family_out_is_leaving_its_models_out(found, merges):
    scores = score_table(found)
    families = families_of(None, merges, MODELS)
    row = family_sensitivity(scores, correlations(scores), families, top=1).iloc[0]
    table = wide(scores)
    without = {}
    for name, kin in families.items():
        rest = table[~table.index.isin(kin)]
        if len(rest) >= 5:
            without[name] = kendalltau(rest[row["x"]], rest[row["y"]]).statistic
    assert row["families"] == len(without)
    assert row["lowest"] == pytest.approx(min(without.values()))
    assert without[row["highest_without"]] == pytest.approx(row["highest"])
    assert views.sensitivity(family_sensitivity(scores, correlations(scores), families))["models"].eq(9).all()


def test_without_a_family_the_reason_is_given(found):
    scores = score_table(found)
    table = family_sensitivity(scores, correlations(scores), {})
    assert tables.reason(table) == "no family or common parent is known"


def test_gain_against_parents_plain_and_guarded(found, merges):
    table = gain_correlation(found, merges)
    items = found.items.pivot_table(index=["task", "line"], columns="model", values="value")
    mine = items.loc["one"]
    parent = pd.DataFrame({m: mine[list(p)].mean(axis=1) for m, p in KIN.items()})
    x, y = parent.mean(), mine[list(KIN)].mean() - parent.mean()
    plain = table[table["task"].eq("one") & table["kind"].eq("same items on both axes")].iloc[0]
    assert plain["r"] == pytest.approx(pearsonr(x, y).statistic)
    assert plain["n"] == 5
    assert set(table["task"]) == {*TASKS, "all tasks"}
    assert table.set_index("task").loc["all tasks", "items"].tolist() == [3 * N, 3 * N]
    points = gain_points(found, merges).set_index(["name", "family"])
    pooled = 100 * items["m1"].mean() - 100 * items[["a", "b"]].mean().mean()
    assert points.loc[("m1", "same items on both axes"), "y"] == pytest.approx(pooled)
    assert len(points) == 10


def test_noise_alone_gives_a_fall_that_the_guard_takes_away():
    rng, names = np.random.default_rng(3), [f"m{i}" for i in range(30)]
    parents = {name: (f"p{i}", f"q{i}") for i, name in enumerate(names)}
    scores, rows = [], []
    for model in [*names, *[p for both in parents.values() for p in both]]:
        values = (rng.random(60) < 0.5).astype(float)
        key = {"run": model, "model": model, "task": "t", "metric": "acc", "filter": "none"}
        facts = {"higher_is_better": True, "scale": "unit", "primary": True, "kind": "task", "n": 60}
        scores.append(key | facts | {"value": values.mean()})
        rows += [key | {"item_key": str(i), "value": v, "line": i} for i, v in enumerate(values)]
    found = Collection(conform(scores, "scores"), conform(rows, "items"), conform([], "problems"))
    merges = pd.DataFrame([(m, "linear", p, "", "") for m, p in parents.items()],
                          columns=["merge", "method", "parents", "base", "known_from"])  # fmt: skip
    plain, guarded = gain_correlation(found, merges)["r"]
    assert plain < -0.4
    assert abs(guarded) < 0.35


def test_items_agree_as_cohen_counts_it(found):
    table = item_agreement(found, "one").set_index(["x", "y"])
    values = found.items[found.items["task"] == "one"].pivot_table(index="line", columns="model", values="value")
    x, y = values["a"], values["m1"]
    seen, chance = (x == y).mean(), x.mean() * y.mean() + (1 - x.mean()) * (1 - y.mean())
    assert table.loc[("a", "m1"), "r"] == pytest.approx((seen - chance) / (1 - chance))
    assert len(table) == 36
    assert table["n"].eq(N).all()
    with pytest.raises(DataError, match=r"'four' has no items of right and wrong; allowed: one, two, three"):
        item_agreement(found, "four")


def test_without_items_the_views_say_what_is_lost(found, merges):
    bare = world(items=False)
    assert "bare scores cannot be split" in tables.reason(gain_correlation(bare, merges))
    assert gain_points(bare, merges).empty
    assert "item by item" in tables.reason(item_agreement(bare))
    assert len(correlations(score_table(bare))) == 3


def test_two_models_and_disjoint_tasks_give_reasons_not_numbers(found, merges):
    two = Collection(found.scores[found.scores["model"].isin(["a", "b"])], found.items, found.problems)
    scores = score_table(two)
    table = correlations(scores)
    assert table["r"].isna().all()
    assert table["note"].str.contains("below 5").all()
    assert chosen_pair(table) == ("", "")
    assert scatter_points(scores, "", "", {}).empty
    assert tables.reason(pair_detail(scores, "", "")) == "no pair of tasks with a correlation"
    assert axis_labels(scores, "", "") == {"x_label": "", "y_label": ""}
    assert task_tree(table).table.empty
    apart = [(model, task) for model in MODELS for task in TASKS if (model in MODELS[:4]) == (task == "one")]
    split = score_table(world(drop=apart))
    found_pairs = correlations(split)
    assert found_pairs.loc[found_pairs["x"].eq("one"), "n"].eq(0).all()
    assert family_sensitivity(split, found_pairs.iloc[:1], families_of(None, merges, MODELS)).empty


def test_holmes_beside_the_harness_or_one_sentence(found):
    scores = score_table(found)
    nothing = holmes_harness(found, scores)
    assert nothing.reason.startswith("There are no Holmes results")
    assert nothing.datasets.empty
    probes = found.scores[found.scores["task"].eq("one")].assign(tool="holmes", task="probe", capability="syntax")
    both = Collection(pd.concat([found.scores, probes], ignore_index=True), found.items, found.problems)
    got = holmes_harness(both, score_table(both))
    row = got.datasets[got.datasets["y"].eq("two")].iloc[0]
    x, y = wide(scores)["one"], wide(scores)["two"]
    assert row["r"] == pytest.approx(kendalltau(x, y).statistic)
    assert set(got.groups["kind"]) == {"mean of taus", "tau of means"}
    assert set(got.groups["x"]) == {"syntax"}
    few = both.scores[~(both.scores["tool"].eq("holmes") & ~both.scores["model"].isin(["a", "b"]))]
    lost = holmes_harness(Collection(few, both.items, both.problems), score_table(both))
    assert "2 models have Holmes and harness results" in lost.reason
    assert len(views.fitting(got.datasets, 1)) == 1
    assert views.one_kind(got.groups, "tau of means")["kind"].eq("tau of means").all()


def test_gain_tables_are_read_side_by_side(found, merges):
    shown = views.gain_correlations(gain_correlation(found, merges))
    assert shown["task"].tolist() == [*TASKS, "all tasks"]
    assert shown["merges"].eq(5).all()


def test_probing_datasets_are_no_tasks(found):
    scores = score_table(found)
    assert harness_scores(found, scores) is scores
    probes = found.scores[found.scores["task"].eq("one")].assign(tool="holmes", task="probe")
    both = Collection(pd.concat([found.scores, probes], ignore_index=True), found.items, found.problems)
    assert set(harness_scores(both, score_table(both))["task"]) == set(TASKS)


def test_a_heat_map_holds_no_more_tasks_than_can_be_read(found):
    table = correlations(score_table(found))
    assert views.readable(table, 3) is table
    shown = views.readable(table, 2)
    assert set(shown["x"]) | set(shown["y"]) == {"one", "two"}
    assert "Shown are the 2 of 3 tasks" in views.heat_caption(shown, table, "kendall", 0.95)
    assert "Shown" not in views.heat_caption(table, table, "kendall", 0.95)
