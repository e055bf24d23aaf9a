"""Every public function refuses nonsense by name, value and rule, and none returns NaN or p = 0."""

import inspect
import math

import numpy as np
import pytest

from mergekit_eval import stats
from mergekit_eval.stats import StatsError, validate

HALF = [0.0, 1.0, 0.5, 0.2]
CALLS = {
    "unequal lengths": (lambda: stats.paired_difference([1, 0, 1], [1, 0]), r"lengths of a and b = \(3, 2\).*equal"),
    "NaN": (lambda: stats.paired_difference([1, math.nan], [1, 0]), r"a\[1\] = nan.*finite"),
    "infinite": (lambda: stats.mean([1.0, math.inf]), r"values\[1\] = inf.*finite"),
    "no item": (lambda: stats.mean([]), r"shape of values = \(0,\)"),
    "text": (lambda: stats.mean(["good"]), r"values = \['good'\].*numbers"),
    "level in percent": (lambda: stats.mean(HALF, level=95), r"level = 95.*between 0 and 1"),
    "method": (lambda: stats.correlate(HALF, HALF, method="phi"), r"method = 'phi'.*pearson \| spearman \| kendall"),
    "clusters too short": (lambda: stats.mean(HALF, clusters=[1, 1]), r"shape of clusters = \(2,\).*4 items"),
    "cluster NaN": (lambda: stats.mean(HALF, clusters=[1, 1, 2, math.nan]), r"clusters = .*NaN"),
    "too many hits": (lambda: stats.proportion(5, 4), r"successes = 5.*at most n = 4"),
    "broken count": (lambda: stats.proportion(1.5, 4), r"successes = 1.5.*whole number"),
    "no seed": (lambda: stats.mean(HALF * 5, seed=None), r"seed = None.*whole number"),
    "negative seed": (lambda: stats.mean(HALF * 5, seed=-1), r"seed = -1"),
    "weights": (lambda: stats.aggregate([1, 2], [1, 1], [9, 9], weights=[0, 0]), r"sum of weights = 0.0.*more than 0"),
    "negative weight": (lambda: stats.aggregate([1, 2], [1, 1], [9, 9], weights=[2, -1]), r"weights = \[2.0, -1.0\]"),
    "negative error": (lambda: stats.aggregate([1, 2], [1, -1], [9, 9]), r"stderrs = -1.0.*0 or more"),
    "chance": (lambda: stats.normalise(0.5, 1.0), r"chance = 1.0.*below the top"),
    "p": (lambda: stats.holm([0.5, 1.5]), r"p = 1.5.*between 0 and 1"),
    "p missing": (lambda: stats.holm([0.5, math.nan]), r"p\[1\] = nan"),
    "margin": (lambda: stats.non_inferior([1, 0], [1, 0], 0), r"margin = 0.*above 0"),
    "graded agreement": (lambda: stats.agreement(HALF, HALF), r"a and b = 'graded scores'"),
    "half a model": (
        lambda: stats.bootstrap_draws([[[1, math.nan], [0, 1]]]),
        r"missing scores in tasks\[0\]\[:, 1\] = 1",
    ),
    "no task": (lambda: stats.bootstrap_draws([]), r"tasks = \[\].*at least one"),
    "ragged models": (lambda: stats.flip_draws([np.ones((3, 2)), np.ones((3, 4))]), r"numbers of models.*\[2, 4\]"),
    "one pair twice": (
        lambda: stats.paired_differences(np.eye(3), [(1, 1)]),
        r"pairs = \[\(1, 1\)\].*two different",
    ),
    "x and y": (lambda: stats.correlate([1, 2], [1, 2, 3]), r"lengths of x and y = \(2, 3\)"),
    "controls": (lambda: stats.partial_correlation(HALF, HALF, controls=[1]), r"length of controls = 1.*4"),
    "families": (lambda: stats.partial_correlation(HALF, HALF, families=["a"]), r"length of families = 1.*4"),
    "order": (lambda: stats.groups([0, 0], np.zeros((2, 2))), r"order.*permutation"),
    "no complete task": (lambda: stats.friedman([[1, math.nan], [math.nan, 2]]), r"tasks that every model has = 0"),
    "no difference wanted": (lambda: stats.items_needed(0, 1), r"difference = 0.*other than 0"),
    "spread": (lambda: stats.items_needed(0.1, -1), r"spread = -1.*0 or more"),
    "candidate missing": (lambda: stats.cross_fit([[[1, math.nan]] * 4]), r"candidates with scores on tasks\[0\] = 1"),
    "too few to halve": (lambda: stats.cross_fit([[[1, 0]] * 3]), r"smallest task = 3.*4 or more"),
}


@pytest.mark.parametrize("case", CALLS)
def test_nonsense_names_argument_value_and_rule(case):
    call, words = CALLS[case]
    with pytest.raises(StatsError, match=words):
        call()


def test_a_stats_error_is_a_value_error():
    assert issubclass(StatsError, ValueError)


def test_every_random_function_takes_a_seed_and_every_public_name_exists():
    assert sorted(stats.__all__) == list(stats.__all__)
    drawing = "bootstrap_draws flip_draws paired_difference mean correlate cross_fit agreement"
    for name in drawing.split():
        assert "seed" in inspect.signature(getattr(stats, name)).parameters


def test_only_numpy_and_scipy_are_imported():
    import ast
    from pathlib import Path

    folder = Path(stats.__file__).parent
    files = sorted(folder.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            roots = {n.split(".")[0] for n in names}
            assert roots <= {
                "numpy",
                "scipy",
                "math",
                "typing",
                "collections",
                "functools",
                "itertools",
                "concurrent",
                "mergekit_eval",
            }
            assert all(n.startswith("mergekit_eval.stats") for n in names if n.startswith("mergekit_eval"))


def test_p_of_zero_from_elsewhere_is_lifted():
    assert 0 < validate.as_p([0.0])[0] < 1e-300
