"""From a merge of the study to mergekit's configuration."""

import pytest
from msgspec.structs import replace

from mergekit_eval.errors import RunError
from mergekit_eval.merge_methods import buildable, methods
from mergekit_eval.run.recipes import models_of, recipe, with_paths
from mergekit_eval.study import METHODS, TASK_VECTOR_METHODS, Merge, load_study


@pytest.fixture
def study(tmp_path):
    for name in ("base", "a", "b", "c@1+x"):
        (tmp_path / name).mkdir()
    (tmp_path / "study.yaml").write_text(
        "study: s\nmodels:\n  base: {path: ./base, role: base}\n  a: {path: ./a, role: parent}\n"
        "  b: {path: ./b, role: parent}\n  c: {path: './c@1+x', role: parent}\n"
    )
    return load_study(tmp_path / "study.yaml")


def merge(method, parameters=None, parents=("a", "b"), base="base", dtype="float32", recipe=None):
    return Merge("m", method, tuple(parents), base, parameters or {}, 0, dtype, recipe)


def test_linear_takes_the_first_parent_as_donor(study):
    assert recipe(study, merge("linear", {"weight": {"a": 0.3, "b": 0.7}, "normalize": False})) == {
        "merge_method": "linear",
        "base_model": "a",
        "models": [
            {"model": "a", "parameters": {"weight": 0.3}},
            {"model": "b", "parameters": {"weight": 0.7}},
        ],
        "parameters": {"normalize": False},
        "dtype": "float32",
    }


def test_slerp_goes_from_the_first_parent_to_the_second(study):
    config = recipe(study, merge("slerp", {"t": [{"filter": "mlp", "value": [0, 1]}, {"value": 0.5}]}))
    assert config["base_model"] == "a" and config["models"] == [{"model": "a"}, {"model": "b"}]
    assert config["parameters"] == {"t": [{"filter": "mlp", "value": [0, 1]}, {"value": 0.5}]}


def test_nuslerp_works_on_weights_not_on_differences(study):
    assert "base_model" not in recipe(study, merge("nuslerp", {"weight": 0.5}))


@pytest.mark.parametrize("method", TASK_VECTOR_METHODS)
def test_task_vectors_start_at_the_study_base(study, method):
    needed = dict.fromkeys(methods()[method]["required"], 0.5)
    config = recipe(study, merge(method, needed))
    assert config["base_model"] == "base" and [entry["model"] for entry in config["models"]] == ["a", "b"]
    with pytest.raises(RunError, match="base is missing"):
        recipe(study, merge(method, needed, base=""))


def test_dtype_auto_leaves_it_to_the_models(study):
    assert "dtype" not in recipe(study, merge("karcher", dtype="auto"))


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (merge("ties", {"weight": 1, "densty": 0.5}), ["parameters.densty", "Did you mean 'density'"]),
        (merge("ties", {"density": 0.5}), ["parameters.weight", "missing"]),
        (merge("linear", {"weight": {"a": 1, "z": 1}}), ["parameters.weight", "'z'", "a, b"]),
        (merge("linear", {"weight": {"a": 1}}), ["parameters.weight", "every parent", "b"]),
        (merge("slerp", {"t": {"a": 1, "b": 0}}), ["parameters.t", "one value for the whole merge"]),
        (merge("slerp", {"t": 0.5}, parents=("a", "b", "c")), ["parents", "2 to 2"]),
        (merge("model_stock", {"weight": 1}), ["parameters.weight", "filter_wise"]),
        (merge("passthrough"), ["method", "passthrough", "recipe file"]),
    ],
)
def test_what_is_wrong_is_named(study, made, words):
    with pytest.raises(RunError) as caught:
        recipe(study, made)
    for word in ["merges.m", *words]:
        assert word in str(caught.value)


def test_names_become_absolute_paths_and_odd_paths_are_not_read_as_adapters(study):
    config = recipe(study, merge("linear", {"weight": 1}, parents=("a", "c")))
    paths = models_of(study, merge("linear"), config)
    built = with_paths(config, paths)
    assert built["models"][0]["model"] == str(study.folder / "a")
    assert built["models"][1]["model"] == {"model": {"path": str(study.folder / "c@1+x")}}


def test_a_base_called_base_is_a_model_and_tokenizer_source_base_is_a_word(study):
    config = {"base_model": "base", "tokenizer_source": "base", "models": [{"model": "a"}]}
    paths = models_of(study, merge("ties"), config)
    assert set(paths) == {"base", "a"}
    assert with_paths(config, paths)["tokenizer_source"] == "base"


def test_a_recipe_file_may_name_models_folders_and_hub_ids(study):
    file = study.folder / "recipe.yml"
    parts = "".join(f"- sources: [{{model: {name}, layer_range: [0, 1]}}]\n" for name in ("a", "./b", "org/name"))
    file.write_text("merge_method: passthrough\nslices:\n" + parts)
    made = merge("passthrough", recipe=file)
    assert models_of(study, made, recipe(study, made)) == {
        "a": str(study.folder / "a"),
        "./b": str(study.folder / "b"),
        "org/name": "org/name",
    }


def test_a_broken_recipe_file_is_named(study):
    file = study.folder / "recipe.yml"
    file.write_text("merge_method: [")
    with pytest.raises(RunError, match=r"recipe\.yml: not valid YAML"):
        recipe(study, replace(merge("ties"), recipe=file))


def test_a_study_may_name_every_method_but_a_mixture_of_experts():
    assert set(methods()) - set(METHODS) == {"moe"} and set(METHODS) - set(buildable()) == {"passthrough"}
