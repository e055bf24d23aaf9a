"""What the analyses produce is what tables.yaml says: these columns, in this order, and no other status word."""

import gzip
import io

import pandas as pd
import pytest

from mergekit_eval import compare, tables
from mergekit_eval.sheets import as_written
from tests.conftest import CHECKOUT

GOLDEN = CHECKOUT / "tests" / "golden" / "tables"
# Files of the example whose name is not that of their table.
SAME = {
    "degenerate": "asymmetry",
    "correlations_without_families": "family_sensitivity",
    "gain_against_parents": "gain_correlation",
    "holmes_harness": "agreement", "holmes_harness_groups": "group_agreement", "items": "item_table",
    "leaderboard_v1": "leaderboard", "leaderboard_v2": "leaderboard", "overall_ranks": "ranks",
    "probe_competencies": "probe_groups", "probe_gains": "probe_differences", "probe_phenomena": "probe_groups",
    "report_differences": "differences", "report_scores": "score_table", "report_places": "places",
    "report_verdicts": "verdicts",
    "significance": "joint",
}  # fmt: skip
# Not a table of an analysis: the cells of the paper's table of scores.
OTHER = {"scores"}
FILES = {path.name.removesuffix(".csv.gz"): path for path in sorted(GOLDEN.glob("*.csv.gz"))}


@pytest.fixture(scope="module")
def made(world, merges):
    """Return table name -> what the analyses make of the small world."""
    scores, table = compare.score_table(world), compare.differences(world, merges)
    kin = compare.MergeContext(world, merges, domains={"a": ("a",), "b": ("b",)})
    relations, places = compare.relation_table(kin, table), compare.place_table(kin, table)
    capabilities = compare.capability_table(scores, kin.votes, kin.evidence)
    categories, items = compare.category_table(kin, relations), compare.item_table(kin)
    correlations = compare.correlations(scores)
    return {
        "score_table": scores, "differences": table, "comparison": relations, "capability_table": capabilities,
        "categories": categories, "item_table": items, "correlations": correlations,
        "places": places, "verdicts": compare.verdict_table(kin, places, scores),
        "votes": compare.vote_table(kin.votes, ["task_a", "task_b"]),
        "sensitivity": compare.sensitivity_table(kin, table),
        "completeness": compare.completeness(world), "comparable": compare.comparable_pairs(world, merges),
        "joint": compare.simultaneous(world, table), "bands": compare.band_table(table),
        "expectation": compare.expectation_table(categories, relations), "retention": compare.retention_table(kin),
        "mergebench": compare.normalised_performance(kin), "forgetting": compare.forgetting_table(kin, table),
        "regressions": compare.regression_table(kin), "conflicts": compare.conflict_table(kin),
        "item_changes": compare.item_changes(items), "ceiling": compare.ceiling_table(kin),
        "collapse": compare.collapse_table(scores, merges), "no_worse": compare.no_worse_table(world, table),
        "planning": compare.planning_table(table), "ranks": compare.standing(world).ranks,
        "task_ranks": compare.standing(world).by_task, "pareto": compare.pareto_table(capabilities),
        "front": compare.pareto_front(capabilities), "reliability": compare.task_reliability(scores),
        "pair_detail": compare.pair_detail(scores, "task_a", "task_b"),
        "points": compare.scatter_points(scores, "task_a", "task_b", {}),
        "gain_points": compare.gain_points(world, merges), "gain_correlation": compare.gain_correlation(world, merges),
        "item_agreement": compare.item_agreement(world, "task_a"), "winners": compare.winner_table(kin),
        "quartiles": compare.quartile_table(scores),
    }  # fmt: skip


def declared(name: str) -> list[str]:
    adds = tables.spec(name).adds
    return [*(tables.columns(adds) if adds else []), *tables.columns(name)]


def unknown_words(table: pd.DataFrame, name: str) -> list[tuple[str, object]]:
    """Return the words of a table that its vocabularies do not have."""
    adds = tables.spec(name).adds
    columns = [*(tables.spec(adds).columns if adds else ()), *tables.spec(name).columns]
    return [
        (column.name, word)
        for column in columns
        if column.type == "words" and column.name in table
        for word in table[column.name].fillna("").unique()
        if word not in tables.statuses()[column.statuses]
    ]


def test_every_analysis_of_the_small_world_has_the_declared_columns_words_and_types(made):
    for name, table in made.items():
        assert len(table), name
        assert list(table.columns) == declared(name), name
        assert unknown_words(table, name) == [], name
        fitted = tables.conform(table[tables.columns(name)], name)
        assert fitted.notna().sum().sum() >= table[tables.columns(name)].notna().sum().sum(), name


def test_the_analyses_that_return_typed_tables_return_the_declared_types(made):
    typed = (
        "ceiling regressions collapse reliability item_agreement pair_detail gain_correlation planning front winners "
        "item_changes item_table comparable completeness"
    )
    for name in typed.split():
        wanted = {column.name: column.dtype for column in tables.spec(name).columns}
        assert {column: str(dtype) for column, dtype in made[name].dtypes.items()} == wanted, name


def test_every_verdict_and_outcome_word_that_the_small_world_should_give_is_there(made):
    assert {"better", "worse"} <= set(made["differences"]["decided"])
    verdicts = made["verdicts"].set_index("merge")["verdict"]
    assert verdicts["good"] == "better than the base and every parent" and verdicts["poor"] == "collapsed"
    assert set(made["completeness"]["state"]) == {"items"}


@pytest.mark.parametrize("file", [name for name in FILES if name not in OTHER])
def test_every_table_saved_of_the_example_has_the_declared_columns_and_words(file):
    name = SAME.get(file, file)
    text = gzip.decompress(FILES[file].read_bytes()).decode()
    if not text.strip():
        assert name in tables.tables()
        return
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False).map(as_written)
    assert list(table.columns) == declared(name)
    assert unknown_words(table, name) == []
