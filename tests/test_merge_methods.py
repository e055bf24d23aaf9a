"""The table of merge methods agrees with mergekit's own registry."""

import pytest

from mergekit_eval.merge_methods import buildable, is_random, methods

ROLES = {"ancestor", "optional", "input", "ignored", "shell"}
RULES = {"own", "alone", "all", "pair"}


@pytest.mark.parametrize("name", sorted(methods()))
def test_every_row_says_what_becomes_of_the_base_and_what_silences_a_source(name):
    row = methods()[name]
    assert row["base"] in ROLES and set(row["silent"].values()) <= RULES


@pytest.mark.slow
def test_random_are_the_methods_whose_sparsification_draws():
    registry = pytest.importorskip("mergekit.merge_methods.registry")
    from mergekit.sparsify import SparsificationMethod

    draws = {SparsificationMethod.random, SparsificationMethod.della_magprune}
    found = {m.spec.name for m in registry.registered_methods() if getattr(m, "sparsification_method", None) in draws}
    assert {name for name in methods() if is_random(name)} == found
    assert not is_random("a method of nobody")


@pytest.mark.slow
def test_the_methods_are_those_of_mergekit():
    registry = pytest.importorskip("mergekit.merge_methods.registry")
    assert {method.spec.name for method in registry.registered_methods()} | {"moe"} == set(methods())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(buildable()))
def test_the_table_agrees_with_mergekit(name):
    registry = pytest.importorskip("mergekit.merge_methods.registry")
    from mergekit.merge_methods.base import BasePolicy, ParameterScope

    spec, row = registry.get(name).spec, methods()[name]
    known = {parameter.name: parameter for parameter in spec.parameters}
    assert set(known) == {*row["each"], *row["shared"]} and set(row["silent"]) <= set(known)
    assert {n for n, p in known.items() if p.scope is not ParameterScope.SHARED} == {*row["each"]}
    policy = {
        BasePolicy.REQUIRED: {"ancestor", "input"},
        BasePolicy.IGNORED: {"ignored"},
        BasePolicy.OPTIONAL: {"optional"},
    }
    assert row["base"] in policy[spec.contract.base]
    low = max(spec.contract.min_inputs - (row["base"] == "ancestor"), spec.contract.min_non_base or 0)
    assert row["inputs"][0] >= low
    assert row["inputs"][1] == (spec.contract.max_inputs or spec.contract.max_non_base)
    for parameter in row["required"]:
        assert type(known[parameter].default) is object, "no default in mergekit"
