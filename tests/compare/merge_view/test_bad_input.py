"""Every table of the merge view over studies that lack something: it says what it cannot show and shows the rest."""

import pandas as pd
import pytest

import mergekit_eval as me
from mergekit_eval.show.view import shown
from mergekit_eval.tables import reason
from tests.compare.merge_view.worlds import World, worlds

NAMES = (
    "no base", "base not evaluated", "one parent", "no parent known", "a parent not evaluated", "disjoint tasks",
    "merges of merges", "a parent at chance", "merge not evaluated", "aggregates only", "aggregates without n",
    "no merge at all",
)  # fmt: skip
ABOUT_EVERY_MERGE = ("relations", "categories", "expectation", "retention", "normalised", "forgetting", "regressions",
                     "items", "changes", "ceiling", "verdicts", "health", "places", "kept", "per domain")  # fmt: skip


QUICK = ("no base", "a parent not evaluated", "disjoint tasks", "merges of merges", "aggregates only")


def case(name: str, *more: str) -> object:
    """Return what a test is given; all tables of a world take half a second, so that only some are quick."""
    return pytest.param(name, *more, marks=() if name in QUICK else pytest.mark.slow)


@pytest.fixture(scope="module")
def every(build, merging) -> dict[str, World]:
    return worlds(build, merging)


def tables(world: World) -> dict[str, pd.DataFrame]:
    collection, merges, domains = world
    scores, differences = me.score_table(collection), me.differences(collection, merges)
    kin, recipes = me.MergeContext(collection, merges, domains), me.recipe_table(None)
    relations = me.relation_table(kin, differences)
    categories, retention = me.category_table(kin, relations), me.retention_table(kin)
    items, capabilities = me.item_table(kin), me.capability_table(scores, kin.votes)
    collapse, signs = me.collapse_table(scores, merges), me.sign_table(kin.evidence)
    degenerate = me.degenerate(me.asymmetry_table(kin.evidence, me.contrasts(merges)))
    perplexities = me.perplexity_table(me.perplexity_scores(collection), merges)
    fallen, broken = me.collapsed(collapse, kin.votes), me.broken(degenerate, perplexities)
    conflicts, probes = me.conflict_table(kin), me.linguistic_probes(collection)
    places, votes = me.place_table(kin, differences), me.vote_table(kin.votes, list(scores["task"].unique()))
    gains = me.probe_gains(collection, probes, merges, domains)
    found = {
        "verdicts": me.verdict_table(kin, places, scores), "relations": relations, "categories": categories,
        "expectation": me.expectation_table(categories, relations), "retention": retention,
        "normalised": me.normalised_performance(kin), "forgetting": me.forgetting_table(kin, differences),
        "regressions": me.regression_table(kin), "items": items, "changes": me.item_changes(items),
        "ceiling": me.ceiling_table(kin), "examples": me.item_examples(kin, items), "conflicts": conflicts,
        "bands": me.band_table(differences), "sweeps": me.sweep_table(kin, recipes),
        "seeds": me.seed_table(kin, recipes), "recipe places": me.recipe_place_table(kin, recipes),
        "winners": me.winner_table(kin, recipes), "pareto": me.pareto_table(capabilities),
        "front": me.pareto_front(capabilities), "signs": signs, "degenerate": degenerate,
        "perplexities": perplexities, "gains": gains,
        "probe groups": me.probe_groups(probes), "impact": me.impact_of(gains), "boxes": me.gain_boxes(gains),
        "counts": me.category_counts(categories, by="fewer"), "own": me.with_own_parents(scores, merges),
        "v2": me.leaderboard_table(me.board_scores(collection)), "mmlu": me.mmlu_table(scores),
        "subjects": me.subject_differences(differences), "tree": me.tree_of(me.nearest_gains(differences)).table,
        "health": me.health_table(merges, collapse, signs, degenerate, perplexities, fallen, broken),
        "places": shown(categories)[0], "kept": shown(retention)[0],
        "overall": shown(relations, "overall")[0], "headline": me.headline(retention),
        "votes": votes, "weighed": me.sensitivity_table(kin, differences),
        "per domain": shown(me.normalised_performance(kin))[0],
        "conflict view": shown(conflicts)[0], "band view": me.band_counts(me.band_table(differences)),
    }  # fmt: skip
    return found | {
        "ceiling view": shown(found["ceiling"])[0],
        "winner view": shown(found["winners"])[0],
    }


@pytest.mark.parametrize("name", [case(name) for name in NAMES])
def test_every_table_is_made_and_speaks_of_every_merge(every, name):
    made = made_once(every, name)
    assert len(made) > 35
    for about in ABOUT_EVERY_MERGE:
        table = made[about]
        known = set(table["merge"]) if len(table) else set()
        assert known == set(every[name].merges["merge"]) or reason(table), about


def test_all_worlds_are_driven(every):
    assert set(every) == set(NAMES)


@pytest.mark.parametrize(
    ("name", "table", "sentence"),
    [
        case("no base", "relations", "it is not known"),
        case("no base", "forgetting", "no base is known"),
        case("base not evaluated", "forgetting", "the base base is not evaluated"),
        case("base not evaluated", "relations", "base not evaluated"),
        case("one parent", "categories", "one parent: nothing lies between"),
        case("no parent known", "ceiling", "no parent is known"),
        case("no parent known", "retention", "no parent is known"),
        case("no parent known", "normalised", "no parent has a known domain"),
        case("a parent not evaluated", "relations", "ghost not evaluated"),
        case("a parent not evaluated", "categories", "parents not compared: ghost"),
        case("a parent not evaluated", "regressions", "without ghost"),
        case("a parent not evaluated", "items", "without ghost: no items"),
        case("disjoint tasks", "relations", "no task in common"),
        case("disjoint tasks", "items", "no items of the merge and a parent on one task"),
        case("disjoint tasks", "regressions", "no task in common with a parent"),
        case("a parent at chance", "retention", "refused: the reference"),
        case("merge not evaluated", "categories", "the merge is not evaluated"),
        case("merge not evaluated", "ceiling", "the merge is not evaluated"),
        case("aggregates only", "items", "only the aggregate score is known"),
        case("aggregates only", "winners", "nothing to pick from"),
        case("aggregates without n", "retention", "no error known"),
    ],
)
def test_what_cannot_be_shown_is_said(every, name, table, sentence):
    assert made_once(every, name)[table]["note"].str.contains(sentence, regex=False).any()


_MADE: dict[str, dict[str, pd.DataFrame]] = {}


def made_once(every: dict[str, World], name: str) -> dict[str, pd.DataFrame]:
    if name not in _MADE:
        _MADE[name] = tables(every[name])
    return _MADE[name]


def test_the_rest_is_shown_where_a_parent_is_missing(every):
    relations = made_once(every, "a parent not evaluated")["relations"]
    parents = relations[relations["relation"].eq("parent") & relations["level"].eq("task")]
    assert set(parents["reference"]) == {"a"}
    assert parents["gain"].notna().all()
    assert made_once(every, "a parent not evaluated")["regressions"]["p_regressed"].isna().all()


def test_a_merge_of_merges_holds_the_domains_and_skills_of_its_grandparents(every):
    conflicts = made_once(every, "merges of merges")["conflicts"].set_index(["skill", "other"])
    assert conflicts.loc[("a", "b"), "with_other"] == 2  # m1 and, by way of it, m2
    assert conflicts.loc[("a", "c"), "with_other"] == 1
    places = made_once(every, "merges of merges")["places"]
    assert set(places["merge"]) == {"m1", "m2"}
