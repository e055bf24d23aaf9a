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


def test_the_grid_can_fail(grid):
    """The textbook t on few, skewed differences is known to reject too often: a grid that passes it checks nothing."""
    cells = list(grid("two_models").graded(3000, np.random.default_rng(0), sizes=(20,), kinds=("lognormal",)))
    assert [c.passes for c in cells if c.method == "t"] == [False]


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
def test_a_study_in_which_nothing_differs(grid):
    """Copies of one model through the kit's own route: a false "better" in at most 5 % of studies."""
    module = grid("verdicts")
    shape = module.Shape(parents=2, noise=0.8, n=30, merges=4, tasks=4, base=True)
    assert outside(module.verdicts(25, np.random.default_rng(7), shapes=(shape,))) == []


@pytest.mark.slow
def test_the_null_study_would_show_a_merge_that_is_better(grid):
    module, rng = grid("verdicts"), np.random.default_rng(8)
    shape = module.Shape(parents=2, noise=0.8, n=100, merges=3, tasks=3)
    answers = module.answers(shape, rng)
    for x in answers:
        x[:, -1] = np.maximum(x[:, -1], x[:, 0] * x[:, 1]) * 1.0
        x[:60, -1] = 1
    assert module.claims(*module.frames(answers, shape)) == (True, True, True)


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
def test_ratios(grid):
    assert outside(grid("functionals").ratios(1500, np.random.default_rng(10), sizes=(200,))) == []


@pytest.mark.skipif(not RESULTS.is_dir(), reason="the full grid has not been run in this checkout")
def test_the_published_grid_has_ten_thousand_replications_and_names_what_is_outside(checkout, grid):
    files, compared = sorted(RESULTS.glob("*.csv")), grid("reasons").COMPARISON
    assert files
    named = (checkout / "docs" / "statistics.md").read_text()
    for file in files:
        with file.open() as handle:
            for row in csv.DictReader(handle):
                fewest = 1000 if row["family"] == "null study" else 2000 if row["kind"] in POWERS else 10_000
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
    for part in (report.page(cells), report.null_study(cells), report.rare_values(cells)):
        assert "\n".join(part) in text


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
