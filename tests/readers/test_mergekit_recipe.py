"""Recipes of merges beside results: their lineage is passed on, and a text with scores is left to its reader."""

from mergekit_eval.readers._head import Head
from mergekit_eval.readers.mergekit_recipe import told_lineage

RECIPE = "merge_method: ties\nbase_model: org/base\nmodels:\n- model: org/a\n- model: org/b\n"


def test_a_recipe_is_no_result_but_lineage(look, write):
    path = write("mergekit_config.yml", RECIPE)
    assert (look(path).status, look(path).reader) == ("skipped", "merge recipe")
    told = told_lineage(Head(path))
    (recipe,) = told["lineage"]
    assert (recipe["method"], recipe["base"], list(recipe["parents"])) == ("ties", "org/base", ["org/a", "org/b"])
    other = told_lineage(Head(write("other.yml", RECIPE + "parameters: {density: 0.5}\n")))
    turned = "base_model: org/base\n" + RECIPE.replace("base_model: org/base\n", "")
    same = told_lineage(Head(write("same.yml", turned)))
    assert told["recipe"] == same["recipe"] != other["recipe"]


def test_a_broken_recipe_is_refused_and_a_text_about_merges_is_left_alone(look, write):
    broken = look(write("a.yml", "merge_method: ties\nmodels: [\n"))
    assert broken.status == "refused" and "cannot be read" in broken.why
    assert look(write("b.md", "We merged two models.\n")).status == "unread"


def test_a_card_with_scores_is_read_for_them_and_passes_its_lineage_on(look, write):
    card = f"# m\n\n```yaml\n{RECIPE}```\n\n| Model | MMLU |\n|---|---|\n| org/m | 60.5 |\n"
    out = look(write("README.md", card))
    assert (out.status, out.reader) == ("read", "model-table")
    assert [recipe["method"] for recipe in out.readout.facts["lineage"]] == ["ties"]
