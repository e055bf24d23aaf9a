"""Programs and default names: two models are never one."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from mergekit_eval.collect.doubtful import named
from mergekit_eval.collect.doubtful_runs import MEASURED

RECIPE = "merge_method: {}\nbase_model: org/base\nmodels:\n- model: org/a\n- model: org/b\n"
STAMP, LATER = "2025-01-02T03-04-05.000001", "2025-02-02T03-04-05.000001"


def study_of(ids: dict[str, tuple[str, ...]]):
    """Return what identity needs of a study: name -> ids."""
    models = {name: SimpleNamespace(ids=mine) for name, mine in ids.items()}
    return SimpleNamespace(
        folder=Path("/data"), models=models, merges={}, names=lambda: list(models),
        model_path=lambda name: f"hub/{name}", role=lambda name: "merge" if name in models else "",
    )  # fmt: skip


def served(shapes, program: str = "gguf", value: float = 0.5, url: str = "", task: str = "boolq", **more) -> dict:
    """Return a run of a server: the file names the program and an address, and no model."""
    args = {"base_url": url} if url else {}
    return shapes.today("", {task: {"acc,none": value}}, args=args, config={"model": program}, **more)


def who(found) -> dict[str, float]:
    return dict(zip(found.scores["model"], found.scores["value"], strict=True))


@pytest.mark.parametrize(
    "program", ["gguf", "vllm", "local-chat-completions", "HFLM", "my_own_backend", "LlamaForCausalLM"]
)
def test_two_folders_of_one_program_are_two_models(lab, shapes, program):
    for folder, value in (("ties", 0.5), ("slerp", 0.6)):
        lab.put(f"{folder}/results_{STAMP}.json", served(shapes, program, value))
    found = lab.collect()
    assert who(found) == {"ties": 0.5, "slerp": 0.6}
    assert set(found.scores["model_from"]) == {"folder"} and set(found.scores["model_name"]) == {program}


def test_a_path_or_a_hub_id_in_the_place_of_the_program_is_a_name(lab, shapes):
    lab.put("x/r.json", served(shapes, "org/model"))
    assert set(lab.collect().scores["model"]) == {"org/model"}


@pytest.mark.parametrize(
    ("name", "recipe", "url", "model", "rule"),
    [
        ("results/results.json", RECIPE.format("ties"), "", "ties(a+b+base)", "recipe beside the file"),
        ("results/my-merge_results.json", "", "", "my-merge", "file name"),
        (f"results/results_{STAMP}.json", "", "http://127.0.0.1:8000/v1/completions", "localhost:8000", "url"),
        (f"results/gguf_{STAMP}.json", "", "", f"results/gguf_{STAMP}", "path"),
    ],
)
def test_what_names_a_model_where_no_folder_does(lab, shapes, name, recipe, url, model, rule):
    lab.put(name, served(shapes, url=url))
    if recipe:
        lab.put("results/mergekit_config.yml", recipe)
    row = lab.collect().scores.iloc[0]
    assert (row["model"], row["model_from"]) == (model, rule)


def test_two_servers_of_one_folder_are_two_models(lab, shapes):
    for name, port, value in (("a", 8001, 0.5), ("b", 8002, 0.6)):
        lab.put(f"tests/{name}.json", served(shapes, value=value, url=f"http://localhost:{port}", date=float(port)))
    assert who(lab.collect()) == {"a": 0.5, "b": 0.6}


def test_files_of_one_folder_that_contradict_one_another_are_two_models(lab, shapes):
    for date, (name, value) in enumerate((("a", 0.5), ("b", 0.6))):
        lab.put(f"merges-of-march/{name}.json", served(shapes, "HFLM", value, date=float(date)))
    assert who(lab.collect()) == {"a": 0.5, "b": 0.6}


def test_server_runs_of_other_tasks_outside_any_named_folder_are_not_one_model(lab, shapes):
    lab.put("ties/r.json", served(shapes))
    lab.put("one.json", served(shapes, task="rte"))
    lab.put("two.json", served(shapes, task="piqa"))
    assert set(lab.collect().scores["model"]) == {"ties", "one", "two"}


def test_a_re_run_of_a_server_is_a_re_run(lab, shapes):
    for stamp, value, date in ((STAMP, 0.5, 1.0), (LATER, 0.51, 2.0)):
        lab.put(f"ties/results_{stamp}.json", served(shapes, value=value, url="http://localhost:8000", date=date))
    assert who(lab.collect()) == {"ties": 0.51}


def test_a_neighbour_does_not_name_what_a_server_ran(lab, shapes):
    lab.put("mine/base.json", shapes.today("org/base", {"boolq": {"acc,none": 0.4}}))
    lab.put("mine/merge.json", served(shapes))
    assert who(lab.collect()) == {"org/base": 0.4, "mine": 0.5}


@pytest.mark.parametrize(
    "name", ["./merged", "merged", "default", "model", "../out/merged_model", "checkpoint-500", "./"]
)
def test_a_default_name_with_unequal_recipes_beside_it_is_two_models(lab, shapes, name):
    for folder in ("ties", "linear"):
        lab.put(f"{folder}/results_{STAMP}.json", shapes.today(name, {"boolq": {"acc,none": 0.5}}))
        lab.put(f"{folder}/mergekit_config.yml", RECIPE.format(folder))
    found = lab.collect()
    assert set(found.scores["model"]) == {"ties", "linear"} and set(found.scores["model_from"]) == {"folder"}
    told = found.problems[found.problems["kind"] == "identity"].iloc[0]
    assert "2 models (unequal recipes" in told["message"] and "ids:" in told["todo"]
    assert found.lineage.set_index("merge")["method"].to_dict() == {"ties": "ties", "linear": "linear"}


def test_recipes_that_differ_in_a_weight_are_unequal_and_comments_are_no_difference(lab, shapes):
    recipe = RECIPE.format("linear") + "parameters:\n  weight: {}\n"
    for folder, weight in (("one", "0.5"), ("two", "0.6"), ("again", "0.5 # as in one")):
        lab.put(f"{folder}/r.json", shapes.today("./merged", {"boolq": {"acc,none": 0.5}}))
        lab.put(f"{folder}/mergekit_config.yml", recipe.format(weight))
    assert set(lab.collect().scores["model"]) == {"again", "two"}


def test_a_base_beside_the_recipes_it_went_into_is_one_model(lab, shapes):
    for folder in ("ties", "linear"):
        recipe = RECIPE.format(folder).replace("org/base", "./base")
        lab.put(f"{folder}/mergekit_config.yml", recipe)
        lab.put(f"{folder}/base.json", shapes.today("./base", {"boolq": {"acc,none": 0.5}}))
    assert set(lab.collect().scores["model"]) == {"base"}


def test_a_default_name_at_two_urls_is_two_models(lab, shapes):
    for folder, port in (("a1", 8000), ("b1", 8001)):
        args = {"model": "default", "base_url": f"http://0.0.0.0:{port}/v1/completions"}
        lab.put(f"{folder}/r.json", shapes.today("default", {"boolq": {"acc,none": 0.5}}, args=args))
    assert set(lab.collect().scores["model"]) == {"a1", "b1"}


@pytest.mark.parametrize("host", ["http://127.0.0.1:8000/v1/completions", "localhost:8000/v1/chat/completions"])
def test_spellings_of_one_server_are_one(lab, shapes, host):
    for folder, url in (("a1", "http://0.0.0.0:8000/v1"), ("b1", host)):
        args = {"model": "default", "base_url": url}
        lab.put(f"{folder}/r.json", shapes.today("default", {"boolq": {"acc,none": 0.5}}, args=args))
    assert set(lab.collect().scores["model"]) == {"default"}


def test_unequal_values_under_two_folders_are_two_models_and_equal_ones_are_a_re_run(lab, shapes):
    for folder, value in (("one", 0.5), ("two", 0.6), ("three", 0.5)):
        lab.put(f"{folder}/.__merged/results_{STAMP}.json", shapes.today("./merged", {"boolq": {"acc,none": value}}))
    found = lab.collect()
    assert who(found) == {"one": 0.5, "two": 0.6}
    assert found.problems["message"].str.contains("values of tasks that are not sampled").any()


def test_values_of_sampled_answers_say_nothing(lab, shapes, one_score):
    configs = {"gsm8k": {"doc_to_text": "q", "generation_kwargs": {"do_sample": True, "temperature": 0.7}}}
    for date, value in enumerate((0.5, 0.6)):
        block = {"gsm8k": {"exact_match,strict-match": value}}
        lab.put(f"run{date}/r.json", shapes.today("./merged", block, date=float(date), configs=configs))
    assert one_score(lab.collect())["value"] == 0.6


def test_a_name_without_a_folder_is_two_models_beside_unequal_recipes_and_a_re_run_without(lab, shapes):
    for date, (folder, value) in enumerate((("one", 0.5), ("two", 0.6))):
        lab.put(f"{folder}/r.json", shapes.today("ties-v1", {"boolq": {"acc,none": value}}, date=float(date)))
    assert who(lab.collect()) == {"ties-v1": 0.6}
    for folder in ("one", "two"):
        lab.put(f"{folder}/mergekit_config.yml", RECIPE.format(folder))
    assert who(lab.collect()) == {"one": 0.5, "two": 0.6}


def test_two_default_names_of_one_folder_never_get_one_name(lab, shapes):
    for folder, value in (("one", 0.5), ("two", 0.6)):
        for name in ("./base-copy", "./merged"):
            more = 0.1 if name == "./merged" else 0
            lab.put(f"{folder}/{name[2:]}.json", shapes.today(name, {"boolq": {"acc,none": value + more}}))
    assert who(lab.collect()) == {
        "one/base-copy": 0.5, "two/base-copy": 0.6, "one/merged": 0.6, "two/merged": 0.7
    }  # fmt: skip


def test_names_that_say_something_are_re_runs_in_every_folder(lab, shapes, one_score):
    for date, (folder, value) in enumerate((("one", 0.5), ("two", 0.6))):
        lab.put(f"{folder}/r.json", shapes.today("org/ties-v1", {"boolq": {"acc,none": value}}, date=float(date)))
        lab.put(f"{folder}/mergekit_config.yml", RECIPE.format(folder))
    assert one_score(lab.collect())["model"] == "org/ties-v1"


def test_folders_of_one_name_are_told_apart_by_those_above(lab, shapes):
    for folder, value in (("x/ties", 0.5), ("y/ties", 0.6)):
        lab.put(f"{folder}/r.json", shapes.today("./merged", {"boolq": {"acc,none": value}}))
    assert who(lab.collect()) == {"x/ties": 0.5, "y/ties": 0.6}


def test_recipes_in_folders_of_one_default_name_belong_to_their_own_models(lab, shapes):
    for method in ("ties", "linear"):
        lab.put(f"{method}/merged/eval/r.json", shapes.today("./merged", {"boolq": {"acc,none": 0.5}}))
        lab.put(f"{method}/merged/mergekit_config.yml", RECIPE.format(method))
    assert lab.collect().lineage.set_index("merge")["method"].to_dict() == {"ties": "ties", "linear": "linear"}


def test_a_study_can_name_the_only_model_behind_a_program(lab, shapes):
    lab.put("ties/r.json", served(shapes))
    plan = study_of({"mine": ("gguf",)})
    assert who(lab.collect(study=plan)) == {"mine": 0.5}
    lab.put("linear/r.json", served(shapes, value=0.6))
    assert who(lab.collect(study=plan)) == {"ties": 0.5, "linear": 0.6}


def test_a_study_names_models_by_the_names_that_were_found_for_a_default(lab, shapes):
    for folder, value in (("ties", 0.5), ("linear", 0.6)):
        lab.put(f"{folder}/r.json", shapes.today("./merged", {"boolq": {"acc,none": value}}))
    assert who(lab.collect(study=study_of({"a": ("ties",), "b": ("./merged",)}))) == {"a": 0.5, "linear": 0.6}


def test_a_file_beside_a_server_run_that_names_no_model_is_of_the_same(lab, shapes):
    lab.put("ties/lm_eval.json", served(shapes))
    lab.put("ties/bare.json", {"rte": {"acc,none": 0.6, "acc_stderr,none": 0.01, "alias": "rte"}})
    assert set(lab.collect().scores["model"]) == {"ties"}


def test_ten_thousand_runs_of_one_default_name_are_as_many_models():
    scores = pd.DataFrame(
        {
            "stated": "merged", "model_name": "./merged", "model_from": "model_name", "source_file": "",
            "file": [f"f{i}/r.json" for i in range(10_000)], "kind": "task", "tool": "lm-eval", "task_name": "t",
            "value": [i / 10_000 for i in range(10_000)],
        } | dict.fromkeys(MEASURED, "")
    )  # fmt: skip
    assert len({name for name, _ in named(scores, [])[0].values()}) == 10_000
