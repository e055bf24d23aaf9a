"""A reduced grid of benchmarks/calibration: the level of the tests and the coverage of the intervals, as promised."""

import csv
from pathlib import Path

import numpy as np
import pytest

from mergekit_eval.stats.signflip import flip_null, flip_test

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "calibration"


POWERS = ("power loss", "observed", "observed loss")
MONTE_CARLO = 4 * np.sqrt(0.25 / 999)  # four errors of a p of 1/2 from 999 flips, the largest of 20 data sets


def outside(cells):
    cells = list(cells)
    assert cells
    return [tuple(c) for c in cells if not c.passes]


def only(cells, word):
    return (c for c in cells if word in c.method)


@pytest.mark.slow
def test_the_grid_can_fail(grid):
    """The textbook t on few, skewed differences is known to reject too often: a grid that passes it checks nothing."""
    cells = list(grid("two_models").graded(3000, np.random.default_rng(0), sizes=(20,), kinds=("lognormal",)))
    assert [c.passes for c in cells if c.method == "t"] == [False]


@pytest.mark.slow
def test_flips_of_many_data_sets_are_those_of_the_kit(grid):
    """Shared flips, same statistic: p agrees with the kit's own test up to the Monte-Carlo error of 999 flips."""
    rng, module = np.random.default_rng(0), grid("flips")
    d = rng.exponential(size=(20, 40)) - 0.8
    ours = [flip_test(flip_null(row, None, 1), 0.95, 1).p for row in d]
    assert np.abs(module.flip_p_many(d, np.ones(40), rng) - ours).max() < MONTE_CARLO
    sizes, sums = np.arange(1.0, 31), rng.normal(size=(20, 30)) * 3 + 1
    ids = np.repeat(np.arange(30), sizes.astype(int))
    items = [np.repeat(row / sizes, sizes.astype(int)) for row in sums]
    ours = [flip_test(flip_null(values, ids, 1), 0.95, 1).p for values in items]
    assert np.abs(module.flip_p_many(sums, sizes, rng) - ours).max() < MONTE_CARLO
    assert min(ours) < 0.05 < max(ours)


@pytest.mark.slow
def test_mcnemar_and_score_intervals(grid):
    rng = np.random.default_rng(1)
    cells = grid("two_models").binary(6000, rng, sizes=(20, 100, 1000), rates=(0.05, 0.5, 0.9), phis=(0.0, 0.5, 0.9))
    assert outside(cells) == []


@pytest.mark.slow
def test_sign_flips_of_items(grid):
    kinds = ("normal", "t3", "exponential", "ceiling gap", "70 % ties", "95 % ties")
    cells = list(grid("two_models").graded(3000, np.random.default_rng(2), sizes=(50, 200), kinds=kinds))
    assert outside(c for c in cells if c.method != "t") == []
    assert all(c.value > 0.03 for c in cells if c.setting == "normal" and c.kind == "level")


@pytest.mark.slow
def test_sign_flips_of_clusters(grid):
    shapes = ((10, 5, 0.5, 0.5), (20, 5, 0.5, 0.9), (40, 20, 0.1, 0.98))
    cells = grid("two_models").clustered(3000, np.random.default_rng(3), shapes=shapes)
    cells = list(cells)
    assert outside(only(cells, "flips")) == []
    assert max(c.value for c in only(cells, "kit")) > 0.03


@pytest.mark.slow
def test_mean_of_graded_scores_and_of_clusters(grid):
    rng, module = np.random.default_rng(4), grid("one_model")
    assert outside(only(module.graded(3000, rng, sizes=(20, 200)), "kit")) == []
    shapes = ((10, 5, 0.5, 0.9), (20, 5, 0.1, 0.98), (40, 5, 0.5, 0.5))
    assert outside(only(module.clustered(3000, rng, shapes=shapes), "kit")) == []


@pytest.mark.slow
def test_unpaired_and_margins(grid):
    rng, module = np.random.default_rng(5), grid("two_models")
    assert outside(module.unpaired(6000, rng, rates=(0.1, 0.9))) == []
    assert outside(module.margins(6000, rng)) == []


@pytest.mark.slow
def test_macro_differences(grid):
    shapes = ((3, 100, 0.5, 0.5), (6, 20, 0.9, 0.7), (20, 100, 0.97, 0.9))
    assert outside(only(grid("study").macro(1500, np.random.default_rng(6), shapes=shapes), "kit")) == []


@pytest.mark.slow
def test_no_statement_of_a_study_in_which_nothing_differs_is_false_too_often(grid):
    module = grid("verdicts")
    shape = module.Shape("small", (0.0,) * 4, (0.0,) * 2, sizes=(30,) * 4)
    assert outside(only(module.verdicts(25, np.random.default_rng(7), shapes=(shape,), power=()), "kit")) == []


@pytest.mark.slow
def test_a_merge_that_is_better_is_found_in_a_whole_study(grid):
    module = grid("verdicts")
    shape = module.Shape("clear", (20.0, 0.0), (0.0, -5.0), sizes=(300,) * 3)
    power = list(module.verdicts(3, np.random.default_rng(8), shapes=(), power=(shape,)))
    assert [cell.value for cell in power] == [1.0, 1.0]


@pytest.mark.slow
def test_the_rule_of_the_verdicts_alone(grid):
    module = grid("claims")
    null = module.Family("null", (0.0,) * 6, (0.0, -6.0), -6.0)
    assert outside(only(module.claims(300, np.random.default_rng(9), families=(null,), power=()), "kit")) == []


@pytest.mark.slow
def test_averages_of_tasks_that_share_questions(grid):
    """Summed over questions they keep level and coverage; taken for distinct they do not, so that the grid can fail."""
    module = grid("shared_questions")
    cells = list(module.shared_questions(600, np.random.default_rng(8), shapes=((6, 60, 1.0, 0.6), (3, 60, 0.5, 0.9))))
    assert outside(only(cells, "kit")) == []
    assert len(outside(only(cells, "distinct"))) >= 2


@pytest.mark.slow
def test_claims_on_tasks_are_seldom_false_and_found(grid):
    module = grid("tasks")
    null = module.Truth("half", ((40, 0, 0, 0),) * 2, 100)
    clear = module.Truth("clear", ((40, 40, 0, 0), (-40, 0, 0, 0)), 300)
    whole = module.Truth("whole", ((40,) * 4,), 100)
    cells = list(module.tasks(20, np.random.default_rng(16), null=(null,), power=(clear,), places=(whole,)))
    assert outside(only(cells, "kit")) == []
    assert [c.value for c in cells if c.family == module.PLACES_NAME] == [1.0, 1.0]
    assert [c.value for c in cells if (c.family, c.method) == (module.POWER_NAME, "kit")] == [1.0]


def test_statements_on_benchmarks_and_tasks_share_one_alpha(grid):
    """By the rule alone; with all of alpha for the benchmarks, more than one of the two is false more often."""
    module = grid("tasks")
    cells = list(module.rule(300, np.random.default_rng(17), null=module.NULL[2:3]))
    assert outside(only(cells, "kit")) == []
    both, apart = (next(c.value for c in cells if c.method == name) for name in (module.ANY, module.SUM))
    assert both <= apart


@pytest.mark.slow
def test_correlations_over_few_models(grid):
    module = grid("associations")
    assert outside(module.correlations(1500, np.random.default_rng(8), sizes=(6, 12))) == []
    assert outside(only(module.partial(1500, np.random.default_rng(9)), "kit")) == []


@pytest.mark.slow
def test_gain_against_parent(grid):
    cells = list(
        grid("associations").gain(400, np.random.default_rng(11), shapes=((8, 60, 0.0, 0.0), (20, 60, 0.02, 0.6)))
    )
    assert outside(only(cells, "kit")) == []
    assert not any(c.passes for c in cells if c.method == "naive")


@pytest.mark.slow
def test_planning_reaches_its_power(grid):
    assert outside(grid("others").planning(4000, np.random.default_rng(13))) == []


@pytest.mark.slow
def test_stated_chances_are_nearer_to_the_truth_where_merges_share_a_prior(grid):
    """Twelve merges at every spread: within the tolerance of the grid, flat draws outside where nothing differs."""
    found = grid("choices")
    cells = list(found.choices(150, np.random.default_rng(14), shapes=(found.Shape(12),)))
    chances = [c for c in cells if (c.family, c.kind) == ("P(best)", "gap")]
    assert outside(only(chances, "kit")) == []
    gaps = {method: [c.value for c in chances if c.method == method] for method in (found.KIT, found.FLAT)}
    assert gaps[found.FLAT][0] > 0.25 > 0.16 > gaps[found.KIT][0]
    scores = {c.method: c.value for c in cells if c.family == "score of the first" and c.setting.endswith("spread 0.5")}
    assert abs(scores[found.KIT]) < scores[found.FLAT] / 3


def test_the_gain_over_the_best_of_several_parents_has_little_bias(grid):
    """Five parents: as measured the gain is 0.8 standard errors too low where they are equal."""
    cells = list(grid("best_parent").best_parents(150, np.random.default_rng(16), parents=(1, 5)))
    assert outside(only(cells, "kit")) == []
    biased = [c for c in cells if c.method == "as measured" and c.kind == "bias" and not c.passes]
    assert [c.setting for c in biased] == ["5 parents, equal"]
    held = {c.setting: c.value for c in only(cells, "kit") if c.kind == "coverage"}
    assert min(held.values()) > 0.95


def test_pooled_gains_have_the_smaller_error(grid):
    assert outside(grid("choices").pooled(60, np.random.default_rng(15))) == []


@pytest.mark.slow
def test_ratios(grid):
    assert outside(grid("functionals").ratios(1500, np.random.default_rng(10), sizes=(200,))) == []


# Cells that are whole studies are fewer; their tolerance is as wide as their number asks.
FEW = {"verdicts": 400, "audit": 1000, "claims on tasks": 1000, "true tasks found": 100, "true benchmarks found": 250}
LEAST = FEW | dict.fromkeys(
    (
        "best of several parents",
        "claims on tasks, the rule", "verdict rule", "recipe", "gains of tasks", "tasks that share questions",
    ),
    2000,
) | dict.fromkeys(("P(best)", "expected regret", "score of the first", "P(best) in the sentence"), 500)  # fmt: skip


@pytest.mark.skipif(not RESULTS.is_dir(), reason="the full grid has not been run in this checkout")
def test_the_published_grid_has_ten_thousand_replications_and_names_what_is_outside(checkout, grid):
    files, compared = sorted(RESULTS.glob("*.csv")), grid("reasons").COMPARISON
    assert files
    named = (checkout / "docs" / "statistics.md").read_text()
    for file in files:
        with file.open() as handle:
            for row in csv.DictReader(handle):
                fewest = LEAST.get(row["family"], 2000 if row["kind"] in POWERS else 10_000)
                assert int(row["reps"]) == 0 or int(row["reps"]) >= fewest
                if row["passes"] == "False" and (row["family"], row["method"]) in compared:
                    assert f"* {row['family']}, {row['method']}: " in named
                elif row["passes"] == "False":
                    assert f"| {row['family']} | {row['method']} | {row['setting']} | {row['n']} |" in named


@pytest.mark.skipif(not RESULTS.is_dir(), reason="the full grid has not been run in this checkout")
def test_the_page_shows_the_grid_as_it_is(checkout, grid):
    report, text = grid("report"), (checkout / "docs" / "statistics.md").read_text()
    cells = report.read()
    assert len(cells) > 2000
    parts = (
        report.verdict_studies, report.task_claims, report.choice_study, report.rare_values,
        report.questions_of_several_tasks, report.page,
    )  # fmt: skip
    for part in parts:
        assert "\n".join(part(cells)) in text


@pytest.mark.slow
def test_skewed_differences_keep_their_level_and_their_power(grid):
    """Five rare values or more: at most 6 % and ten points of power, where plain flips are far above their level."""
    cells = list(grid("skewed").skewed(2000, np.random.default_rng(14), sizes=(60,)))
    assert outside(c for c in cells if c.method == "sign flips, corrected (kit)") == []
    plain = {c.setting: c.value for c in cells if c.method == "plain sign flips" and c.kind == "level"}
    assert plain["5 wins expected"] > 0.08
    flagged = {c.setting: c.value for c in cells if c.method == "rows that say tail not seen"}
    assert flagged["2 wins expected"] > 0.75 > 0.1 > flagged["15 wins expected"]


@pytest.mark.slow
def test_a_lost_power_can_fail(grid):
    loss = grid("cells").Cell("paired skewed", "x", "", 60, "power loss", 0.16, 2000)
    assert not loss.passes
    assert loss._replace(value=0.1).passes
    assert loss._replace(kind="observed loss").passes
