"""Data that cannot answer, through every public function: a finite honest answer, or an error saying what is allowed.

Never a NaN, a p of 0, an interval that leaves out its estimate, or an interval without width from data without spread.
"""

import math
import re

import numpy as np
import pytest

from mergekit_eval import stats
from mergekit_eval.stats import StatsError

NAN = math.nan
ONES, ZEROS = [1.0] * 6, [0.0] * 6
MIXED, OTHER = [1.0, 0, 1, 1, 0, 1], [0.0, 0, 1, 1, 1, 1]
GRADED = [0.2, 0.9, 0.4, 0.4, 0.7, 0.1]
PAIRS = {  # what two models on the same items can look like
    "one item": ([1.0], [0.0]),
    "one item, alike": ([1.0], [1.0]),
    "two items": ([1.0, 0.0], [0.0, 0.0]),
    "zero variance": (ONES, ONES),
    "zero variance, natural scale": ([7.5] * 6, [7.5] * 6),
    "no discordant pair": (MIXED, MIXED),
    "all differences equal": (ONES, ZEROS),
    "all differences equal, graded": (GRADED, [x - 0.1 for x in GRADED]),
    "all differences equal, natural scale": ([x + 40 for x in GRADED], [x + 30 for x in GRADED]),
    "one discordant pair": (MIXED, [0.0, *MIXED[1:]]),
    "unequal lengths": (MIXED, MIXED[:5]),
    "NaN": ([NAN, *MIXED[1:]], OTHER),
    "infinite": (MIXED, [math.inf, *OTHER[1:]]),
    "no item": ([], []),
}
ONE_CLUSTER, TWO_CLUSTERS = [3] * 6, [0, 0, 0, 1, 1, 1]
MODELS = {  # what two scores over models can look like
    "2 models": ([0.1, 0.2], [0.3, 0.1]),
    "4 models": ([0.1, 0.2, 0.4, 0.3], [0.3, 0.1, 0.2, 0.5]),
    "5 models in order": ([0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2, 0.35, 0.4, 0.6]),
    "on a line": ([0.1, 0.2, 0.3, 0.4, 0.5], [0.2, 0.4, 0.6, 0.8, 1.0]),
    "all equal": ([0.5] * 6, GRADED),
    "NaN": ([NAN, 0.1, 0.2, 0.3, 0.4], [0.1, 0.2, 0.3, 0.4, 0.5]),
    "unequal lengths": ([0.1, 0.2, 0.3, 0.4, 0.5], [0.1, 0.2]),
}
EQUAL = {k: v for k, v in MODELS.items() if k not in ("unequal lengths", "NaN")}
TASKS = {  # items x models of one or more tasks
    "one item": [[[1.0, 0.0, 1.0]]],
    "zero variance": [np.ones((6, 3))],
    "no discordant pair": [np.repeat([[1.0], [0.0], [1.0], [1.0]], 3, axis=1)],
    "all differences equal": [np.tile([1.0, 0.0, 1.0], (6, 1))],
    "all differences equal, natural scale": [np.tile([30.0, 20.0, 10.0], (6, 1))],
    "one item beside a whole task": [[[1.0, 0.0, 1.0]], np.eye(3)[[0, 1, 2, 0, 1, 1]]],
    "two models": [np.eye(2)],
    "NaN": [[[1.0, NAN, 0.0], [1.0, 1.0, 0.0]]],
    "no item": [np.empty((0, 3))],
}


def over(table, call):
    """Cases of one function: the call on every entry of a table."""
    return {
        name: (lambda args=args: call(*args) if isinstance(args, tuple) else call(args)) for name, args in table.items()
    }


def paired(call):
    """Two models on the same items, without clusters, in one and in two."""
    found = over(PAIRS, call)
    for label, ids in (("one cluster", ONE_CLUSTER), ("two clusters", TWO_CLUSTERS)):
        found[label] = lambda ids=ids: call(MIXED, OTHER, clusters=ids)
        found[f"{label}, graded"] = lambda ids=ids: call(GRADED, MIXED, clusters=ids)
        found[f"{label}, zero variance"] = lambda ids=ids: call(ONES, ONES, clusters=ids)
    return found


def single(call):
    """One model."""
    found = over({k: (a,) for k, (a, _) in PAIRS.items() if k not in ("unequal lengths", "infinite")}, call)
    found["infinite"] = lambda: call([1.0, math.inf])
    for label, ids in (("one cluster", ONE_CLUSTER), ("two clusters", TWO_CLUSTERS)):
        found[label] = lambda ids=ids: call(MIXED, clusters=ids)
        found[f"{label}, zero variance"] = lambda ids=ids: call(ONES, clusters=ids)
        found[f"{label}, equal sums"] = lambda ids=ids: call([1.0, 0, 0, 0, 1.0, 0], clusters=ids)
    return found


def boots(tasks):
    return stats.bootstrap_draws(tasks, n_resamples=50)


def family(tasks, scale=1.0):
    pairs = np.array([(0, 1)])
    moments = stats.pair_moments(tasks, pairs)
    return stats.family_max_t(stats.flip_draws(tasks, n_resamples=50), moments, pairs, moments.present)


JOINT = {
    "one model": ([0.5], [[0.01]], [True]),
    "no shared prior": ([0.5, 0.6], np.eye(2) * 0.01, [False, False]),
    "copies": ([0.5, 0.5, 0.5], np.full((3, 3), 0.01), [True] * 3),
    "exact and apart": ([0.5, 0.6, 0.9], np.zeros((3, 3)), [True] * 3),
    "one exact": ([0.5, 0.6, 0.9], np.diag([0.0, 0.01, 0.01]), [True] * 3),
    "all zero": ([0.0, 0.0], np.eye(2) * 0.01, [True, False]),
    "far apart": ([0.0, 1e9], np.eye(2) * 1e-9, [True, True]),
    "negative variance": ([0.5, 0.6], -np.eye(2), [True, True]),
    "NaN": ([0.5, NAN], np.eye(2), [True, True]),
    "infinite error": ([0.5, 0.6], np.diag([np.inf, 1.0]), [True, True]),
    "unequal lengths": ([0.5, 0.6], np.eye(3), [True, True]),
    "unequal flags": ([0.5, 0.6], np.eye(2), [True]),
    "none": ([], np.zeros((0, 0)), []),
}
COUNTS = {
    "no discordant pair": (0, 0),
    "one sided": (0, 4000),
    "negative": (-1, 2),
    "NaN": (NAN, 1),
    "unequal lengths": ([1, 2], [1, 2, 3]),
}
PS = {
    "one": ([0.3],),
    "zero": ([0.0, 0.5],),
    "all ones": ([1.0, 1.0],),
    "NaN": ([NAN],),
    "none": ([],),
    "two": ([2.0],),
}
ERRORS = {
    "one task": ([0.1], [0.02]),
    "no spread": ([0.1, 0.2], [0.0, 0.0]),
    "some spread": ([0.1, 0.2], [0.0, 0.1]),
    "NaN": ([NAN, 0.1], [0.1, 0.1]),
    "unequal lengths": ([0.1, 0.2], [0.1]),
    "none": ([], []),
}
DRAWS = {
    "one draw": ([[0.1, 0.2]], [0.1, 0.2]),
    "no spread": (np.tile([0.1, 0.2], (30, 1)), [0.1, 0.2]),
    "all tied": (np.ones((30, 3)), [1.0, 1.0, 1.0]),
    "one model": (np.ones((30, 1)), [1.0]),
    "NaN": ([[NAN, 0.2]], [0.1, 0.2]),
    "none": (np.empty((0, 2)), [0.1, 0.2]),
}

CASES = {
    "agreement": over(PAIRS, stats.agreement),
    "aggregate": over(ERRORS, lambda m, se: stats.aggregate(m, se, [9] * len(m)))
    | {
        "weights summing to zero": lambda: stats.aggregate([0.1, 0.2], [0.1, 0.1], [9, 9], weights=[0, 0]),
        "no unit": lambda: stats.aggregate([0.1, 0.2], [0.1, 0.1], [0, 0]),
        "one unit each": lambda: stats.aggregate([0.1, 0.2], [0.1, 0.1], [1, 1]),
    },
    "benjamini_hochberg": over(PS, stats.benjamini_hochberg),
    "benjamini_yekutieli": over(PS, stats.benjamini_yekutieli),
    "bootstrap_draws": over(TASKS, boots),
    "can_decide": over(
        {
            "one item": (1, 0.5, 0.1),
            "no spread": (100, 0.0, 0.1),
            "no difference": (100, 0.5, 0.0),
            "NaN": (100, NAN, 0.1),
        },
        stats.can_decide,
    ),
    "correlate": over(MODELS, stats.correlate)
    | {f"kendall, {k}": (lambda v=v: stats.correlate(*v, method="kendall")) for k, v in MODELS.items()}
    | {f"spearman, {k}": (lambda v=v: stats.correlate(*v, method="spearman")) for k, v in MODELS.items()},
    "correlate_all": over(EQUAL, lambda x, y: [c for _, _, c in stats.correlate_all(np.column_stack([x, y]))]),
    "choose": over(JOINT, lambda y, v, rows: stats.choose(y, v, rows, draws=200)),
    "cross_fit": over(TASKS, stats.cross_fit)
    | {"weights summing to zero": lambda: stats.cross_fit([np.ones((6, 2))], weights=[0])},
    "disattenuate": over(MODELS, lambda x, y: stats.disattenuate(x, y, [0.01] * len(x), [0.0] * len(y)))
    | {"noise only": lambda: stats.disattenuate(GRADED, OTHER, [9.0] * 6, [9.0] * 6)},
    "family_max_t": over(TASKS, family),
    "flip_draws": over(TASKS, lambda t: stats.flip_draws(t, n_resamples=50)),
    "friedman": over(
        {
            "one task": ([[0.1, 0.2]],),
            "all tied": (np.ones((5, 3)),),
            "perfect order": (np.tile([1.0, 2.0, 3.0], (8, 1)),),
            "one model": (np.ones((5, 1)),),
            "no whole task": ([[NAN, 1.0]],),
        },
        stats.friedman,
    ),
    "gain_against_parent": over(
        {
            "2 merges": (np.eye(4)[:, :2], np.eye(4)[:, 1:3]),
            "all equal": (np.ones((6, 6)), np.ones((6, 6))),
            "one item": (np.ones((1, 6)), np.ones((1, 6))),
            "constant parent": (np.eye(6), np.ones((6, 6))),
            "few items": (np.eye(6), np.eye(6)[::-1]),
            "unequal": (np.ones((4, 6)), np.ones((5, 6))),
            "NaN": (np.full((4, 6), NAN), np.ones((4, 6))),
        },
        stats.gain_against_parent,
    ),
    "groups": over(
        {"one model": ([0], [[False]]), "no model": ([], np.empty((0, 0))), "twice": ([0, 0], np.eye(2))}, stats.groups
    ),
    "holm": over(PS, stats.holm),
    "joint_claims": {
        "one reference": lambda: stats.joint_claims([[1.0]], [[1.0]], [[1.0]], np.zeros((9, 1, 1))),
        "two draws": lambda: stats.joint_claims([[1.0, 2.0]], [[1.0, 1.0]], [[9.0, 9.0]], [[[0.0, 1.0]], [[1.0, 0.0]]]),
        "percent": lambda: stats.joint_claims([[1.0, 2.0]], [[1.0, 1.0]], [[9.0, 9.0]], np.ones((9, 1, 2)), alpha=5),
    },
    "items_needed": over(
        {"no spread": (0.1, 0.0), "no difference": (0.0, 0.5), "NaN": (NAN, 0.5), "NaN spread": (0.1, NAN)},
        stats.items_needed,
    ),
    "luck_of_the_highest": over(
        {name: given[:2] for name, given in JOINT.items() if name != "unequal flags"}, stats.luck_of_the_highest
    ),
    "mcnemar_exact": over(COUNTS, stats.mcnemar_exact),
    "mcnemar_midp": over(COUNTS, stats.mcnemar_midp),
    "mde": over({"no spread": (0.0,), "NaN": (NAN,), "negative": (-1.0,)}, stats.mde),
    "mean": single(stats.mean),
    "newcombe": over(
        {
            "no item": (0, 0, 0, 0),
            "no discordant pair": (3, 0, 0, 2),
            "all differences equal": (0, 6, 0, 0),
            "one item": (0, 1, 0, 0),
        }
        | {"negative": (-1, 2, 3, 4), "NaN": (NAN, 1, 1, 1)},
        stats.newcombe,
    ),
    "non_inferior": paired(lambda a, b, **k: stats.non_inferior(a, b, 0.1, **k)),
    "normalise": over(
        {"chance at the top": (0.5, 1.0), "NaN chance": (0.5, NAN), "below chance": ([0.1], 0.25)}, stats.normalise
    ),
    "one_sided_all": over(
        {"zero": ([0.0], [0.1]), "two": ([2.0], [0.1]), "unequal": ([0.1, 0.2], [0.1])}, stats.one_sided_all
    ),
    "pair_moments": over(TASKS, lambda t: stats.pair_moments(t, np.array([(0, 1)]))),
    "paired_difference": paired(stats.paired_difference),
    "paired_differences": {
        k: v
        for k, v in paired(lambda a, b, **k: stats.paired_differences(np.column_stack([a, b]), [(0, 1)], **k)).items()
        if k != "unequal lengths"
    },
    "partial_correlation": over(MODELS, lambda x, y: stats.partial_correlation(x, y, controls=list(range(len(x)))))
    | {"controls explain all": lambda: stats.partial_correlation(GRADED, OTHER, controls=GRADED)}
    | {"a family each": lambda: stats.partial_correlation(GRADED, OTHER, families=list("abcdef"))}
    | {"NaN control": lambda: stats.partial_correlation(GRADED, OTHER, controls=[NAN] * 6)},
    "proportion": over(
        {"none": (0, 0), "0 of 1": (0, 1), "all": (9, 9), "more": (3, 2), "NaN": (NAN, 2)}, stats.proportion
    ),
    "rank_distribution": over(DRAWS, lambda draws, _: stats.rank_distribution(draws)),
    "rank_sets": over(DRAWS, stats.rank_sets),
    "ratio_of_averages": over(
        {
            "chance-level denominator": (0.1, 0.0, np.eye(2) * 0.01),
            "below chance": (0.1, -0.2, np.eye(2) * 1e-6),
            "no spread": (0.1, 0.2, np.zeros((2, 2))),
            "both the same": (0.2, 0.2, np.full((2, 2), 1e-4)),
            "NaN": (NAN, 0.2, np.eye(2)),
        },
        stats.ratio_of_averages,
    ),
    "reliability": over(ERRORS, stats.reliability),
    "shrink": over({k: v[:2] for k, v in JOINT.items() if k != "unequal flags"}, stats.shrink),
    "weighted_draws": over(TASKS, lambda t: stats.weighted_draws(boots(t)))
    | {"weights summing to zero": lambda: stats.weighted_draws(boots([np.eye(2)]), [0.0])},
}
FLAT = "zero variance|no discordant pair|all differences equal|equal sums|all won|no spread|all right"


@pytest.mark.parametrize(("name", "case"), [(n, c) for n, cases in CASES.items() for c in cases])
def test_a_finite_honest_answer_or_an_error_that_says_what_is_allowed(name, case):
    try:
        found = CASES[name][case]()
    except StatsError as error:
        assert re.fullmatch(r"(?s).+ = .+; allowed: .+\.", str(error)), error
        return
    assert not re.search("NaN|infinite|unequal|none$", case), f"{case} was let through: {found}"
    honest(found, name)
    if re.search(FLAT, case) and getattr(found, "low", None) is not None and not isinstance(found.low, np.ndarray):
        assert found.high > found.low, found


def test_every_public_function_is_here():
    functions = {n for n in stats.__all__ if not isinstance(getattr(stats, n), type)}
    assert functions == set(CASES)


def honest(found, where):
    """Walk a result: no NaN, no p of 0, limits in order and around the estimate."""
    if isinstance(found, float):
        assert math.isfinite(found), (where, found)
    elif isinstance(found, np.ndarray) and found.dtype.kind == "f":
        assert not np.isnan(found).any(), (where, found)
    elif isinstance(found, dict):
        honest(list(found.values()), where)
    elif isinstance(found, (list, tuple)):
        for part in found:
            honest(part, where)
    if hasattr(found, "_asdict"):
        _fields(found._asdict(), where)


def _fields(fields, where):
    for name in {"p", "p_exact", "least_p"} & set(fields):
        if fields[name] is not None:
            assert np.min(fields[name]) > 0, (where, name)
            assert np.max(fields[name]) <= 1, (where, name)
    low, high = fields.get("low"), fields.get("high")
    assert (low is None) == (high is None), where
    centre = next((fields[k] for k in ("estimate", "diff", "ratio", "r", "kappa") if fields.get(k) is not None), None)
    if low is not None and centre is not None:
        assert np.all(np.asarray(low) <= np.asarray(centre) + 1e-9), (where, low, centre)
        assert np.all(np.asarray(high) >= np.asarray(centre) - 1e-9), (where, high, centre)
    if low is None and "low" in fields and fields.get("note") is not None:
        assert fields["note"], f"{where}: no interval and no reason"
