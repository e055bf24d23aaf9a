"""Which merges count as collapsed."""

from mergekit_eval.collect.folders import Collection
from mergekit_eval.compare import (
    collapse_table,
    collapsed,
    score_table,
    votes_of,
)


def test_collapse_needs_a_relative_above_chance(world, merges):
    table, votes = collapse_table(score_table(world), merges), votes_of(world.scores)
    assert set(collapsed(table, votes)) == {"poor"}
    chance = Collection(world.scores.assign(chance=0.99), world.items, world.problems)
    assert collapsed(collapse_table(score_table(chance), merges), votes) == {}
