"""Captions and reasons say what their rows rest on, and a figure of a test names that test."""

import numpy as np
import pandas as pd

from mergekit_eval import compare, tables
from mergekit_eval.compare import (
    MergeContext,
    best_decided,
    category_counts,
    differences,
    relation_table,
    score_table,
    simultaneous,
)
from mergekit_eval.plotting import describe
from mergekit_eval.reporting import score_paper
from tests.compare.conftest import bare, copies


def joint_caption(found, merges):
    table = simultaneous(found, differences(found, merges))
    shown = compare.largest_joint(table, 30)
    return shown, compare.joint_caption(shown, table, "Holm")


def test_a_forest_of_items_is_paired_and_one_of_aggregates_says_that_it_is_not(world, merges):
    assert joint_caption(world, merges)[1].startswith("Paired differences: ")
    shown, text = joint_caption(bare(world), merges)
    assert set(shown["evidence"]) == {"aggregates only"}
    assert text.startswith("Unpaired differences, from aggregates only: ")


def test_a_forest_of_both_counts_them(world, merges):
    shown, text = joint_caption(bare(world, ["b"]), merges)
    paired, not_ = (int(shown["evidence"].eq(kind).sum()) for kind in ("paired items", "aggregates only"))
    assert paired and not_
    counts = {f"{paired} from paired items", f"{not_} from aggregates only"}
    inside = text.split("(", 1)[1].split(")", 1)[0]
    assert text.startswith("Differences (") and set(inside.split(", ")) == counts


def test_only_what_the_forest_can_draw_counts_as_its_decided(world, merges):
    table = simultaneous(world, differences(world, merges))
    table["scale"] = np.where(table["task"].eq("task_a"), "natural", "unit")
    shown = compare.largest_joint(table, 2)
    wanted = table["decided"].isin(["better", "worse"]) & table["task"].eq("task_b")
    assert f"the 2 largest of {wanted.sum()} decided" in compare.joint_caption(shown, table, "Holm")


def test_undecided_differences_say_it_too(world, merges):
    for found, words in ((world, "Paired differences, undecided"), (bare(world), "from aggregates only, undecided")):
        assert words in compare.mde_caption(differences(found, merges))


def test_averages_know_what_they_rest_on(world, merges):
    def kinds(found):
        kin = MergeContext(found, merges)
        table = relation_table(kin, differences(found, merges))
        table = table[table["merge"].eq("good") & table["gain"].notna()]
        rows = table[table["level"].eq("overall")].set_index(["relation", "reference"])
        return rows["evidence"].to_dict()

    assert set(kinds(world).values()) == {"paired items"}
    assert set(kinds(bare(world)).values()) == {"aggregates only"}
    mixed = kinds(bare(world, ["b"]))
    assert (mixed["parent", "a"], mixed["parent", "b"]) == ("paired items", "aggregates only")
    assert {kind for (relation, _), kind in mixed.items() if relation == "mean parent"} == {"paired in part"}


def test_the_table_of_scores_says_what_its_bold_rests_on(world):
    scores = score_table(world)
    assert (
        score_paper(
            scores, pd.DataFrame({"merge": [], "reference": [], "decided": [], "task": [], "evidence": []})
        ).notes
        == ()
    )
    assert "from paired items, Bonferroni" in score_paper(scores, best_decided(world, scores)).notes[0]
    assert "from aggregates only, Bonferroni" in score_paper(scores, best_decided(bare(world), scores)).notes[0]


def test_a_caption_claims_only_the_intervals_that_are_drawn():
    data = pd.DataFrame({"gain": [0.1, 0.2], "gain_low": 0.0, "gain_high": 0.3, "n": [1, 1]})
    assert describe("macro_gains", data, 0.95, "forest") == "macro gains: 2 values; n = 1 item; 95 % intervals."
    for function in ("delta_heatmap", "conflict_matrix", "clustered_heatmap", "significance_matrix"):
        assert describe("delta_base", data, 0.95, function) == "delta base: 2 values; n = 1 item."
    assert "grey: central 90 % of what noise alone" in describe("x", data, 0.9, "item_noise")
    assert "all models at once at 99.5 %" in describe("ranks", data, 0.995, "rank_intervals")


def test_a_caption_says_what_n_counts():
    rows = [{"task": task, "merge": merge, "category": "between"} for task in "tu" for merge in "mno"]
    counts = category_counts(pd.DataFrame(rows), by="task")
    assert "n = 3 merges" in describe("categories", counts, None, "category_counts")
    counts = category_counts(pd.DataFrame(rows), by="merge")
    assert "n = 2 tasks" in describe("categories", counts, None, "category_counts")
    seeds = tables.conform([{"measure": "F1", "n": 5, "n_of": "probe seeds"}], "probe_groups")
    assert "n = 5 probe seeds" in describe("competencies", seeds)
    assert "n = 5 items" in describe("competencies", seeds.assign(n_of="items"))
    prompts = tables.conform([{"task": "ifeval", "n": 1}], "ifeval")
    assert "n = 1 prompt or instruction" in describe("ifeval", prompts)
    models = tables.conform([{"x": "a", "y": "b", "n": 9}], "correlations")
    assert "n = 9 models" in describe("correlations", models)
    assert "n = 4 items" in describe("anything", pd.DataFrame({"n": [4]}))


def test_the_forest_shows_both_ends_or_what_is_nearest(world, merges):
    table = simultaneous(world, differences(world, merges), draws=500)
    shown = compare.largest_joint(table, 6)
    assert shown["gain"].is_monotonic_decreasing
    assert {(shown["gain"] > 0).sum(), (shown["gain"] < 0).sum()} == {3}
    assert (shown["gain_low"] == shown["joint_low"]).all()
    assert "max-T over 18 comparisons" in compare.joint_caption(shown, table, "Holm")
    found, made = copies()
    none = simultaneous(found, differences(found, made), draws=200)
    near = compare.largest_joint(none, 5)
    assert len(near) == 5
    assert "none is decided" in compare.joint_caption(near, none, "Holm")
