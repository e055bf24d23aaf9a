"""The defaults are said once, and every function that has one takes it from there."""

import inspect

from mergekit_eval import stats
from mergekit_eval.stats import defaults

NAMED = {"level": defaults.LEVEL, "power": defaults.POWER}


def test_every_public_default_is_the_one_of_the_module():
    taken = dict.fromkeys(NAMED, 0)
    for function in (getattr(stats, name) for name in stats.__all__ if not isinstance(getattr(stats, name), type)):
        for name, parameter in inspect.signature(function).parameters.items():
            if name in NAMED and parameter.default is not parameter.empty:
                assert parameter.default == NAMED[name], function
                taken[name] += 1
    assert min(taken.values()) > 0


def test_the_draws_behind_a_p_of_one_in_ten_thousand():
    assert inspect.signature(stats.bootstrap_draws).parameters["n_resamples"].default == defaults.RESAMPLES
    assert defaults.FLIPS + 1 == 10_000
    constant = stats.correlate(range(30), [x**2 for x in range(30)])
    assert constant.p == 1 / (defaults.FLIPS + 1)
