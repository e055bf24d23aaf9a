"""Which models are of one family, and of which size."""

from types import SimpleNamespace

from mergekit_eval.compare import (
    families_of,
    sizes_of,
)
from tests.compare.correlation.conftest import MODELS


def study(**models):
    facts = {"family": "", "params_b": None}
    return SimpleNamespace(models={n: SimpleNamespace(name=n, **(facts | given)) for n, given in models.items()})


def test_families_are_named_by_the_study_or_else_by_descent(merges):
    kin = families_of(None, merges, MODELS)
    assert kin["made from c"] == ({"c", "m2", "m3", "m5"}, "c")
    assert kin["made from a"] == ({"a", "m1", "m2", "m4", "m5"}, "a")
    named = families_of(study(a={"family": "x"}, b={"family": "x"}, c={"family": "y"}), merges, MODELS)
    assert named == {"x": ({"a", "b", "m1", "m4"}, "x"), "y": ({"c"}, "y")}
    assert families_of(None, merges.iloc[:0], MODELS) == {}


def test_a_merge_has_its_parents_size_unless_they_differ_or_it_is_a_mixture(merges):
    plan = study(a={"params_b": 7.0}, b={"params_b": 7.0}, c={"params_b": 13.0})
    assert sizes_of(plan, merges) == {"a": 7, "b": 7, "c": 13, "m1": 7, "m4": 7}
    assert "m1" not in sizes_of(plan, merges.assign(method="moe"))
    assert sizes_of(None, merges) == {}
