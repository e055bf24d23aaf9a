"""Captions and reasons say what their rows rest on, and a figure of a test names that test."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare

from mergekit_eval import tables, views
from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    best_decided,
    described,
    differences,
    macro_gains,
    relation_table,
    relatives,
    score_table,
    simultaneous,
    standing,
    standing_paragraph,
    verdict_table,
)
from mergekit_eval.compare.words import differences_named, evidence_words
from mergekit_eval.plotting import describe
from mergekit_eval.reporting import score_paper


def bare(world, models=None):
    """The world without the items of some models, of all if none are named."""
    kept = world.items.iloc[:0] if models is None else world.items[~world.items["model"].isin(models)]
    return Collection(world.scores, kept, world.problems)


def joint_caption(found, merges):
    table = simultaneous(found, differences(found, merges))
    shown = views.joint(table, 30)
    return shown, views.joint_caption(shown, table, "Holm")


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
    shown = views.joint(table, 2)
    wanted = table["decided"].isin(["better", "worse"]) & table["task"].eq("task_b")
    assert f"the 2 largest of {wanted.sum()} decided" in views.joint_caption(shown, table, "Holm")


def test_undecided_differences_say_it_too(world, merges):
    for found, words in ((world, "Paired differences, undecided"), (bare(world), "from aggregates only, undecided")):
        assert words in views.mde_caption(differences(found, merges))


def test_averages_know_what_they_rest_on(world, merges):
    def kinds(found):
        kin = relatives(found, merges)
        table = relation_table(kin, differences(found, merges))
        table = table[table["merge"].eq("good") & table["gain"].notna()]
        rows = table[table["level"].eq("overall")].set_index(["relation", "reference"])
        return rows["evidence"].to_dict()

    assert set(kinds(world).values()) == {"paired items"}
    assert set(kinds(bare(world)).values()) == {"aggregates only"}
    mixed = kinds(bare(world, ["b"]))
    assert (mixed["parent", "a"], mixed["parent", "b"]) == ("paired items", "aggregates only")
    assert {kind for (relation, _), kind in mixed.items() if relation == "mean parent"} == {"paired in part"}


def test_a_verdict_from_aggregates_says_so_and_does_not_count_unknown_items(world, merges):
    def reasons(found):
        table = verdict_table(score_table(found), differences(found, merges), merges)
        return table[table["merge"].ne("poor")]["reason"]  # poor has collapsed, which is another reason

    assert reasons(world).str.contains("macro over 2 tasks, 400 items").all()
    assert reasons(world).str.contains("aggregates").sum() == 0
    assert reasons(bare(world)).str.contains("400 items, aggregates only").all()
    unknown = Collection(world.scores.assign(n=pd.NA, stderr=0.03), world.items.iloc[:0], world.problems)
    assert macro_gains(differences(unknown, merges))["n_items"].isna().all()
    assert reasons(unknown).str.contains("number of items unknown, aggregates only").all()


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


@pytest.mark.parametrize(
    ("kinds", "words", "name"),
    [
        (["paired items"] * 2, " from paired items", "Paired differences"),
        (["aggregates only"], " from aggregates only", "Unpaired differences, from aggregates only"),
        (["", None], "", "Differences"),
        (["paired items", "aggregates only", "paired items"], " (2 from paired items, 1 from aggregates only)",
         "Differences (2 from paired items, 1 from aggregates only)"),
    ],
)  # fmt: skip
def test_evidence_in_words(kinds, words, name):
    table = pd.DataFrame({"evidence": kinds}, dtype=object)
    assert (evidence_words(table), differences_named(table)) == (words, name)


def test_a_caption_claims_only_the_intervals_that_are_drawn():
    data = pd.DataFrame({"gain": [0.1, 0.2], "gain_low": 0.0, "gain_high": 0.3, "n": [1, 1]})
    assert describe("macro_gains", data, 0.95, "forest") == "macro gains: 2 values; n = 1 item; 95 % intervals."
    for function in ("delta_heatmap", "conflict_matrix", "clustered_heatmap", "significance_matrix"):
        assert describe("delta_base", data, 0.95, function) == "delta base: 2 values; n = 1 item."
    assert "grey: central 90 % of what noise alone" in describe("x", data, 0.9, "item_noise")
    assert "all models at once at 99.5 %" in describe("ranks", data, 0.995, "rank_intervals")


def test_a_caption_says_what_n_counts():
    merges = pd.DataFrame({"task": ["t"], "n": [17]})
    assert "n = 17 merges" in describe("categories", merges, None, "category_counts")
    assert "n = 17 tasks" in describe("categories", merges.rename(columns={"task": "merge"}), None, "category_counts")
    seeds = pd.DataFrame({"measure": ["F1"], "n": [5]})
    assert "n = 5 probe seeds" in describe("competencies_F1", seeds, None, "score_grid")
    assert "n = 5 items" in describe("competencies", seeds.assign(measure="accuracy"), None, "score_grid")


def test_levels_keep_their_digits():
    assert described("all", "holm", 0.005).endswith("at most 0.5%")
    assert described("all", "bh", 0.1).startswith("Benjamini-Hochberg, at most 10%")


def test_groups_and_scale_of_the_critical_difference_are_nemenyis(world):
    place = standing(world, draws=500)
    assert place.difference == pytest.approx(2.850 * np.sqrt(6 * 7 / (6 * 2)), abs=2e-3)  # Demsar 2006, table 5
    assert place.test == "Nemenyi's test over 2 tasks, alpha = 0.05"
    ranks = place.by_task.set_index("model")["rank"]
    for group in place.cliques:
        assert np.ptp(ranks[group]) <= place.difference
    caption = views.cd_caption(place)
    assert place.test in caption and "critical difference of 5.33" in caption
    table = world.scores.pivot_table(index="task", columns="model", values="value")
    assert f"p = {friedmanchisquare(*table.T.to_numpy()).pvalue:.2g}" in caption


def test_one_task_gives_no_such_test_and_says_why(world):
    one = Collection(world.scores[world.scores["task"].eq("task_a")], world.items, world.problems)
    place = standing(one, draws=500)
    assert place.difference is None and place.by_task.empty
    assert tables.reason(place.by_task) == "one task cannot rank models"
    assert views.cd_caption(place) == place.note
    assert "1 task that" in place.note
    assert "all ranks together at 99.5%" in standing_paragraph(place, 0.005)
