"""The paragraphs say what their tables say."""

import pandas as pd
import pytest

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    described,
    differences,
    no_worse_paragraph,
    no_worse_table,
    significance_paragraph,
    standing,
    standing_paragraph,
)
from mergekit_eval.compare.words import differences_named, evidence_words
from mergekit_eval.schema import conform
from tests.compare.conftest import bare, copies


def test_the_paragraph_says_what_the_table_says(world, merges):
    table = differences(world, merges)
    text = significance_paragraph(table)
    counts = table["decided"].value_counts()
    assert f"surely better in {counts['better']}, surely worse in {counts['worse']}" in text
    best = table.loc[table["gain"].astype(float).idxmax()]
    assert f"{best['merge']} against {best['reference']} on {best['task']}" in text
    assert significance_paragraph(table.iloc[:0]).startswith("No merge")


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


def words(table, **how):
    return significance_paragraph(table, **how)


def test_the_paragraph_changes_with_the_numbers(world, merges):
    full = differences(world, merges)
    found, made = copies()
    none = differences(found, made)
    assert set(none["decided"]) == {"undecided"}
    assert "better" not in words(none)
    assert "worse" not in words(none)
    assert "None of the 24 differences is decided" in words(none)
    only_up = full[full["decided"] != "worse"]
    assert "better in" in words(only_up)
    assert "worse" not in words(only_up)
    assert "largest loss" not in words(only_up)
    sure = full[full["decided"].isin(["better", "worse"])]
    assert "nothing is left open" in words(sure)
    assert "not decided does not mean equal" not in words(sure)


def test_the_paragraph_names_the_correction_and_the_family(world, merges):
    table = differences(world, merges, family="merge", correction="bh")
    text = words(table, family="merge", correction="bh")
    assert "Benjamini-Hochberg, at most 5% of the claims of each merge false on average" in text
    assert "surely" not in text
    assert "surely" in words(differences(world, merges))
    assert described("all", "holm", 0.05) == "Holm, chance of any false claim in the whole family at most 5%"


def test_the_paragraph_says_what_is_lost_without_items_and_why_nothing_is_tested(world, merges):
    assert "item by item is lost" in words(differences(bare(world), merges))
    shots = world.scores["model"].isin(["good", "poor", "middle"]).map({True: 5, False: 0}).astype("Int64")
    mixed = differences(Collection(world.scores.assign(n_shot=shots), world.items, world.problems), merges)
    text = words(mixed)
    assert "none tested" in text
    (reason,) = set(mixed["untested"])
    assert "numbers of examples in the prompt" in reason
    assert f"none tested: {reason} ({len(mixed)})." in text
    assert set(differences(world, merges)["untested"]) == {""}


def test_the_paragraph_counts_why_differences_are_not_tested(world, merges):
    task = world.scores["task"]
    unknown = world.scores["higher_is_better"].astype(object).mask(task.eq("task_a"), None)
    scores = conform(
        world.scores.assign(higher_is_better=unknown, n=world.scores["n"].mask(task.eq("task_b"))), "scores"
    )
    table = differences(Collection(scores, world.items.iloc[:0], world.problems), merges)
    assert table.groupby("task")["untested"].unique().str[0].to_dict() == {
        "task_a": "no direction is known",
        "task_b": "no error is known",
    }
    assert "18 differences could be formed, but none tested" in words(table)
    assert "no direction is known (9), no error is known (9)" in words(table)


def test_the_words_on_margins_and_ranks_follow_their_tables(world, merges):
    kept = no_worse_table(world, differences(world, merges))
    counts = kept["shown"].value_counts()
    text = no_worse_paragraph(kept, 0.05)
    assert f"{counts['no worse']} show a loss of less than 5 points" in text
    assert f"{counts['worse by more than the margin']} a loss of more" in text
    assert no_worse_paragraph(kept.iloc[:0], 0.05).startswith("Whether")
    assert "no other model can be first" in standing_paragraph(standing(world, draws=500))
