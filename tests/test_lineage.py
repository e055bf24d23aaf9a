"""Recipes, model cards and names that tell where a merge comes from."""

import pytest

from mergekit_eval import lineage

TIES = """
merge_method: ties
base_model: org/base
models:
  - model: org/base
  - model: {model: {path: org/a}}
    parameters: {weight: 0.5, density: 0.6}
  - model: ./b/
parameters: {normalize: true}
"""
STAGES = """
name: first
merge_method: linear
models: [{model: a}, {model: b}]
---
merge_method: slerp
base_model: first
slices:
  - sources: [{model: first, layer_range: [0, 2]}, {model: c, layer_range: [0, 2]}]
"""


def test_recipe_names_parents_in_both_spellings_and_the_idle_one():
    recipe = lineage.from_recipe(TIES)
    assert (recipe.method, recipe.parents, recipe.base) == ("ties", ("org/base", "org/a", "./b"), "org/base")
    assert recipe.parameters == {"normalize": True} and recipe.idle == ("org/base",)


def test_stages_are_replaced_by_what_went_into_them():
    recipe = lineage.from_recipe(STAGES)
    assert (recipe.method, recipe.parents) == ("slerp", ("a", "b", "c"))
    assert [stage.method for stage in recipe.stages] == ["linear"]


def test_mixture_of_experts():
    recipe = lineage.from_recipe("base_model: x\ngate_mode: hidden\nexperts:\n- source_model: a\n- source_model: b\n")
    assert (recipe.method, recipe.parents, recipe.base) == ("moe", ("a", "b"), "x")


@pytest.mark.parametrize("text", ["", "hello: world", "merge_method: [1]", "merge_method: {", "models: 3\nslices: x"])
def test_what_is_no_recipe_is_none(text):
    assert lineage.from_recipe(text) is None


def test_no_tag_of_a_recipe_is_obeyed():
    assert lineage.from_recipe("merge_method: !!python/object/apply:os.system ['true']") is None


def test_model_card_by_its_recipe_or_its_metadata():
    assert lineage.from_card(f"# M\n```yaml{TIES}```\n").method == "ties"
    card = lineage.from_card("---\ntags:\n- mergekit\nbase_model: [a, b]\n---\ntext")
    assert (card.method, card.parents, card.known_from) == ("unknown", ("a", "b"), "model card")
    assert lineage.from_card("---\ntags: [chat]\nbase_model: a\n---\n") is None


def test_mergebench_folder():
    name = "merged_models/Llama-3.2-3B_merged/TIES_task_names_DartMath-Aya_K_0.2_scaling_coef_0.4"
    recipe = lineage.from_name(name)
    assert (recipe.method, recipe.base) == ("TIES", "Llama-3.2-3B")
    assert recipe.parents == ("MergeBench/Llama-3.2-3B_math", "MergeBench/Llama-3.2-3B_multilingual")
    assert recipe.parameters == {"K": "0.2", "scaling_coef": "0.4"}
    assert lineage.from_name("Qwen2.5-7B-Instruct-Qwen2.5-Coder-7B-Merged-dare_ties-29").method == "dare_ties"
    assert lineage.from_name("meta-llama/Llama-3-8B") is None
