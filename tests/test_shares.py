"""Shares of one: whoever gives percent is told which argument it was, and what to write."""

import inspect

import numpy as np
import pytest

import mergekit_eval as me
from mergekit_eval.errors import DataError
from mergekit_eval.session import Session
from mergekit_eval.shares import SHARES, require_shares

ASKED = [
    (name, argument)
    for name in [*me.compare.__all__, "write_report"]
    if callable(getattr(me, name)) and not inspect.isclass(getattr(me, name))
    for argument, about in inspect.signature(getattr(me, name)).parameters.items()
    if argument in SHARES and about.annotation in ("float", "float | None", float, float | None)
]


def test_the_analyses_that_take_such_arguments_are_found():
    assert {"differences", "verdict_table", "score_table", "standing", "no_worse_table", "write_report"} <= {
        name for name, _ in ASKED
    }
    assert {argument for _, argument in ASKED} == set(SHARES)


@pytest.mark.parametrize(("name", "argument"), ASKED)
def test_percent_is_refused_by_every_analysis_with_the_argument_and_what_to_write(name, argument):
    function = getattr(me, name)
    needed = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    given = {p.name: None for p in needed} | {argument: 5}
    usual = SHARES[argument]
    with pytest.raises(DataError, match=rf"{name}: {argument} = 5; allowed: .*0 and 1, such as {usual:g} for"):
        function(**given)


@pytest.mark.parametrize("value", [0, 1, -4, 95, "0.05", True, float("nan"), float("inf")])
def test_only_shares_above_0_and_below_1_pass(value):
    with pytest.raises(DataError, match="alpha"):
        require_shares("here", {"alpha": value})
    require_shares("here", {"alpha": 0.05, "level": np.float64(0.9), "tolerance": None, "other": value})


def test_a_notebook_hears_it_where_it_opens_its_study(tmp_path):
    with pytest.raises(DataError, match=r"alpha = 5; allowed: a number between 0 and 1, such as 0.05"):
        Session(None, None, tmp_path, parameters={"alpha": 5})
