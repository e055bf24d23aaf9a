"""Spellings of models, precedence of settings, and what is refused as YAML."""

import pytest

from mergekit_eval.merge_forms import LARGEST, documents_of, groups, possible, reference


def test_possible_values_follow_the_order_of_precedence():
    near, far = {"weight": {"filter": "mlp", "value": [0, 1]}}, {"weight": [{"value": 2}, {"value": 3}]}
    assert possible("weight", (near, far)) == {0.0, 1.0, 2.0}
    assert possible("weight", (far, near)) == {2.0}
    assert possible("density", (near,)) == {float("inf")}


def test_no_tag_of_a_recipe_is_obeyed():
    with pytest.raises(ValueError, match="not valid YAML"):
        documents_of("merge_method: !!python/object/apply:os.system ['true']")


def test_a_text_too_long_for_a_recipe_is_refused():
    with pytest.raises(ValueError, match="more than 1,048,576"):
        documents_of("a" * (LARGEST + 1))


@pytest.mark.parametrize("value", [None, 3, "", [], {}, {"path": 3}, {"model": {}}, "+lora"])
def test_what_names_no_model_is_no_reference(value):
    assert reference(value) is None


def test_every_form_gives_groups_with_the_nearest_settings_first():
    text = """
    base_model: base
    parameters: {weight: 3}
    modules:
      m: {parameters: {weight: 2}, slices: [{parameters: {weight: 1}, sources: [{model: a, parameters: {weight: 0}}]}]}
    """
    [group] = groups(documents_of(text)[0], [])
    [source] = group.sources
    assert [scope["weight"] for scope in source.settings] == [0, 1, 2, 3]
    assert (str(group.base), group.whole) == ("base", False)
