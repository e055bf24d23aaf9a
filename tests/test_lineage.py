"""Model cards and names that tell where a merge comes from, and which recipe belongs to which model."""

import pandas as pd
import pytest

from mergekit_eval import lineage
from mergekit_eval.merge_recipe import Recipe

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


def test_recipe_names_parents_in_both_spellings_and_the_base_is_none_of_them():
    (recipe,) = lineage.recipes_in(TIES)
    assert (recipe.method, recipe.parents, recipe.base) == ("ties", ("org/a", "b"), "org/base")
    assert recipe.parameters == {"normalize": True} and recipe.inert == ()


def test_stages_are_replaced_by_what_went_into_them():
    recipe = lineage.recipes_in(STAGES)[0]
    assert (recipe.method, recipe.parents) == ("slerp", ("a", "b", "c"))
    assert [stage.method for stage in recipe.stages] == ["linear"]


def test_mixture_of_experts():
    text = "base_model: x\ngate_mode: hidden\nexperts:\n- source_model: a\n- source_model: b\n"
    (recipe,) = lineage.recipes_in(text)
    assert (recipe.method, recipe.parents, recipe.base) == ("moe", ("a", "b"), "x")


@pytest.mark.parametrize("text", ["", "hello: world", "merge_method: [1]", "models: 3\nslices: x"])
def test_what_is_no_recipe_gives_none(text):
    assert lineage.recipes_in(text) == []


def test_a_recipe_that_is_not_yaml_is_an_error():
    with pytest.raises(ValueError, match="not valid YAML"):
        lineage.recipes_in("merge_method: {")


def test_no_tag_of_a_recipe_is_obeyed():
    with pytest.raises(ValueError, match="could not determine a constructor"):
        lineage.recipes_in("merge_method: !!python/object/apply:os.system ['true']")


def test_model_card_by_its_recipe_or_its_metadata():
    assert lineage.recipes_of_card(f"# M\n```yaml{TIES}```\n")[0].method == "ties"
    (card,) = lineage.recipes_of_card("---\ntags:\n- mergekit\nbase_model: [a, b]\n---\ntext")
    assert (card.method, card.parents, card.known_from) == ("unknown", ("a", "b"), "model card")
    assert "which of them is the base" in card.unclear[0]
    assert lineage.recipes_of_card("---\ntags: [chat]\nbase_model: a\n---\n") == []


def test_a_card_with_several_blocks_tells_of_its_last_stage():
    first = "name: mid\nmerge_method: linear\nmodels: [{model: a}, {model: b}]\n"
    last = "merge_method: slerp\nbase_model: mid\nmodels: [{model: mid}, {model: c}]\nparameters: {t: 0.5}\n"
    card = f"# How\n~~~yaml\n{first}~~~\nand then\n```yml title=x\n{last}```\n```python\nprint(1)\n```\n"
    assert lineage.recipes_of_card(card)[0].parents == ("a", "b", "c")
    loose = lineage.recipes_of_card(card.replace("name: mid\n", ""))[0]
    assert loose.parents == ("mid", "c") and "the last is taken" in loose.unclear[-1]
    broken = lineage.recipes_of_card(card.replace("name: mid", "name: ["))[0]
    assert broken.parents == ("mid", "c") and "not valid YAML" in broken.unclear[-1]


def test_mergebench_folder():
    name = "merged_models/Llama-3.2-3B_merged/TIES_task_names_DartMath-Aya_K_0.2_scaling_coef_0.4"
    recipe = lineage.from_name(name)
    assert (recipe.method, recipe.base) == ("TIES", "Llama-3.2-3B")
    assert recipe.parents == ("MergeBench/Llama-3.2-3B_math", "MergeBench/Llama-3.2-3B_multilingual")
    assert recipe.parameters == {"K": "0.2", "scaling_coef": "0.4"}
    assert lineage.from_name("Qwen2.5-7B-Instruct-Qwen2.5-Coder-7B-Merged-dare_ties-29").method == "dare_ties"
    assert lineage.from_name("meta-llama/Llama-3-8B") is None


def test_a_fact_of_a_record_keeps_what_is_known():
    recipe = lineage.recipes_in(STAGES.replace("[{model: a}", "[{model: a, parameters: {weight: 0}}"))[0]
    again = lineage.from_fact(lineage.as_fact(recipe))
    assert (again.method, again.parents, again.inert) == ("slerp", ("b", "c"), ("a",))
    assert again.stages == ("first: linear of b",)


def scores(**files):
    """Return bare scores: file -> model."""
    rows = [{"file": f, "source_file": f, "model": m, "model_name": m, "run": f} for f, m in files.items()]
    empty = dict.fromkeys(
        (f"merge_{n}" for n in ("method", "parents", "base", "from", "inert", "stages", "unclear")), ""
    )
    return pd.DataFrame(rows).assign(**empty)


def joined(files, recipes):
    found, problems = lineage.join_lineage(scores(**files), recipes)
    return lineage.from_scores(found).set_index("merge")["parents"].to_dict(), problems


MERGE = Recipe("ties", ("org/a", "org/b"), "org/base")
OTHER = Recipe("linear", ("org/c", "org/d"))


def test_a_recipe_belongs_to_the_only_model_of_its_folder_that_is_not_its_own_source():
    files = {"x/m.json": "me/m", "x/a.json": "org/a", "x/base.json": "org/base", "y/z.json": "org/z"}
    assert joined(files, {"x/mergekit_config.yml": [MERGE]}) == ({"me/m": MERGE.parents}, [])
    parents, [problem] = joined(files | {"x/n.json": "me/n"}, {"x/mergekit_config.yml": [MERGE]})
    assert parents == {} and problem["kind"] == "lineage" and "belongs to no model" in problem["message"]


def test_the_nearest_recipe_counts():
    files = {"x/m.json": "me/m", "x/y/n.json": "me/n"}
    recipes = {"x/y/mergekit_config.yml": [OTHER], "x/m.yml": [MERGE]}
    assert joined(files, recipes)[0] == {"me/m": MERGE.parents, "me/n": OTHER.parents}


def test_a_recipe_may_lie_elsewhere_under_the_name_of_its_model():
    files = {"results/m/r.json": "me/m", "results/n/r.json": "me/n"}
    assert joined(files, {"models/m/README.md": [MERGE]})[0] == {"me/m": MERGE.parents}
    assert joined(files, {"recipes/m.yaml": [MERGE], "recipes/n.yaml": [OTHER]})[0] == {
        "me/m": MERGE.parents,
        "me/n": OTHER.parents,
    }
    named = lineage.recipes_in("name: m\nmerge_method: linear\nmodels: [{model: a}, {model: b}]")
    assert joined(files, {"recipes/all.yaml": named})[0] == {"me/m": ("a", "b")}


def test_the_configuration_beside_the_weights_counts_before_the_card():
    files = {"m/r.json": "me/m"}
    assert joined(files, {"m/mergekit_config.yml": [MERGE], "m/README.md": [OTHER]})[0]["me/m"] == MERGE.parents


def test_unequal_recipes_of_one_model_are_named_and_none_is_taken():
    files = {"m/r.json": "me/m"}
    parents, problems = joined(files, {"m/mergekit_config.yml": [MERGE], "copy/m/mergekit_config.yml": [OTHER]})
    assert parents == {"me/m": ()} and "unequal recipes" in problems[0]["message"]
    assert joined(files, {"m/mergekit_config.yml": [MERGE], "copy/m/mergekit_config.yml": [MERGE]})[1] == []


def test_what_is_inert_or_unclear_becomes_a_problem():
    recipe = Recipe("ties", ("org/a",), "org/base", inert=("org/b",), unclear=("a slice without sources",))
    _, problems = joined({"m/r.json": "me/m"}, {"m/mergekit_config.yml": [recipe]})
    assert [p["kind"] for p in problems] == ["lineage"] * 2
    assert "a slice without sources" in problems[0]["message"] and "org/b adds nothing" in problems[1]["message"]


def test_a_recipe_without_base_belongs_to_a_model_that_its_files_do_not_name():
    frame = scores(**{"m/r.json": "x"}).assign(model_name="")
    found, problems = lineage.join_lineage(frame, {"m/mergekit_config.yml": [OTHER]})
    assert lineage.from_scores(found)["parents"].tolist() == [OTHER.parents] and problems == []
