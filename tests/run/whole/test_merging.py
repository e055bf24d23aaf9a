"""Merges of throw-away models, built for real; linear ones are computed again by hand."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.provenance import version
from mergekit_eval.run import merge_all

pytestmark = pytest.mark.slow
TWO, THREE = "[pa, pb]", "[pa, pb, pc]"
ALL = {
    "linear": (THREE, "{weight: {pa: 0.5, pb: 0.3, pc: 0.2}}"),
    "slerp": (TWO, "{t: 0.3}"),
    "nuslerp": (TWO, "{weight: 0.5}"),
    "multislerp": (THREE, "{weight: 0.5}"),
    "karcher": (THREE, "{}"),
    "arcee_fusion": (TWO, "{}"),
    "model_stock": (THREE, "{}"),
    "sce": (THREE, "{select_topk: 0.5}"),
    "task_arithmetic": (THREE, "{weight: 0.4, lambda: 0.9}"),
    "ties": (THREE, "{weight: 0.5, density: 0.5}"),
    "dare_ties": (TWO, "{weight: 0.5, density: 0.5}"),
    "dare_linear": (TWO, "{weight: 0.5, density: 0.5}"),
    "della": (TWO, "{weight: 0.5, density: 0.5, epsilon: 0.1}"),
    "della_linear": (TWO, "{weight: 0.5, density: 0.5, epsilon: 0.1}"),
    "breadcrumbs": (TWO, "{weight: 0.5, density: 0.9, gamma: 0.01}"),
    "breadcrumbs_ties": (TWO, "{weight: 0.5, density: 0.9, gamma: 0.01}"),
}


def recipes(**entries):
    return "".join(f"\n  {name}: {text}" for name, text in entries.items())


def weights(folder):
    from safetensors.torch import load_file

    return load_file(Path(folder) / "model.safetensors")


def digest(folder):
    return hashlib.sha256((Path(folder) / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture
def all_methods(study_of):
    made = {m: f"{{method: {m}, parents: {p}, parameters: {v}, seed: 7}}" for m, (p, v) in ALL.items()}
    return study_of("base", "pa", "pb", "pc", merges=recipes(**made))


def test_every_method_builds_and_says_what_it_cost(all_methods):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    records = merge_all(all_methods)
    assert {r.name: r.status for r in records} == dict.fromkeys(ALL, "ran"), [r.reason for r in records]
    for record in records:
        folder = Path(record.folder)
        made = json.loads((folder / "merge.json").read_text())
        assert made["seed"] == 7 and made["mergekit"] == version("mergekit") and made["method"] == record.name
        assert 0 < made["wall_seconds"] < 60 and made["peak_memory_mb"] > made["memory_before_mb"] * 0.9 > 1
        assert set(made["models"]) >= set(made["parents"]) and (folder / "mergekit_config.yml").is_file()
        assert not list(folder.glob("*.bin"))
    model = AutoModelForCausalLM.from_pretrained(records[0].folder)
    assert model.num_parameters() > 0 and len(AutoTokenizer.from_pretrained(records[0].folder)) > 10
    again = merge_all(all_methods)
    assert {r.status for r in again} == {"done"}
    assert [r.seconds for r in again] == [r.seconds for r in records], "what it cost is known in later runs too"


def test_linear_and_task_arithmetic_are_the_sums_they_claim_to_be(study_of, toy_models):
    study = study_of(
        "base", "pa", "pb", "pc",
        merges=recipes(
            lin="{method: linear, parents: [pa, pb], parameters: {weight: {pa: 1, pb: 3}}}",
            ta="{method: task_arithmetic, parents: [pa, pb], parameters: {weight: {pa: 0.5, pb: 0.25}}}",
        ),
    )  # fmt: skip
    merge_all(study)
    base, pa, pb = (weights(toy_models[name]) for name in ("base", "pa", "pb"))
    for name, tensor in weights(study.model_path("lin")).items():
        assert (tensor - (0.25 * pa[name] + 0.75 * pb[name])).abs().max() < 1e-6
    for name, tensor in weights(study.model_path("ta")).items():
        expected = base[name] + 0.5 * (pa[name] - base[name]) + 0.25 * (pb[name] - base[name])
        assert (tensor - expected).abs().max() < 1e-6


def test_a_seed_gives_the_same_bytes_and_another_seed_others(study_of):
    text = "{{method: dare_ties, parents: [pa, pb], parameters: {{weight: 0.5, density: 0.3}}, seed: {}}}"
    study = study_of("base", "pa", "pb", merges=recipes(one=text.format(1), two=text.format(2)))
    merge_all(study)
    first = {name: digest(study.model_path(name)) for name in ("one", "two")}
    assert first["one"] != first["two"]
    assert [r.status for r in merge_all(study, force=True)] == ["ran", "ran"]
    assert {name: digest(study.model_path(name)) for name in ("one", "two")} == first


def test_a_changed_recipe_or_parent_is_built_again_and_nothing_else(study_of, toy_models, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(toy_models["pc"], own)
    text = "{{method: linear, parents: [pa, {}], parameters: {{weight: {}}}}}"
    more = {"own": f"{{path: {own}, role: parent}}"}

    def build(weight):
        merges = recipes(kept=text.format("pb", 1), changed=text.format("own", weight))
        return {r.name: r.status for r in merge_all(study_of("base", "pa", "pb", more=dict(more), merges=merges))}

    assert build(1) == {"kept": "ran", "changed": "ran"}
    assert build("{pa: 1, own: 2}") == {"kept": "done", "changed": "ran"}
    data = bytearray((own / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (own / "model.safetensors").write_bytes(data)
    assert build("{pa: 1, own: 2}") == {"kept": "done", "changed": "ran"}


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "mergekit_config.yml", "merge.json"])
def test_a_merge_that_was_damaged_at_equal_size_is_built_again(study_of, name):
    study = study_of(
        "base", "pa", "pb", merges=recipes(m="{method: linear, parents: [pa, pb], parameters: {weight: 1}}")
    )
    merge_all(study)
    file, truth = Path(study.model_path("m")) / name, digest(study.model_path("m"))
    before = file.stat()
    with file.open("r+b") as stream:
        stream.seek(before.st_size // 2)
        stream.write(b"\0" * 8)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert [r.status for r in merge_all(study)] == ["ran"] and digest(study.model_path("m")) == truth
    assert [r.status for r in merge_all(study)] == ["done"]


def test_no_path_of_this_machine_is_in_a_merge_folder(study_of, toy_models, tmp_path):
    inside = tmp_path / "models" / "own"
    shutil.copytree(toy_models["pc"], inside)
    recipe = tmp_path / "params" / "two.yml"
    recipe.parent.mkdir(exist_ok=True)
    recipe.write_text(
        "merge_method: linear\nbase_model: own\ndtype: float32\nmodels:\n"
        f"- {{model: {inside}, parameters: {{weight: 1}}}}\n"
        f"- {{model: {toy_models['pb']}, parameters: {{weight: 1}}}}\n"
    )
    own = {"own": f"{{path: {inside}, role: parent}}"}
    merges = recipes(
        m="{method: linear, parents: [pa, own], parameters: {weight: 1}}", r="{recipe: two.yml, parents: [own, pb]}"
    )
    study = study_of("base", "pa", "pb", more=own, merges=merges)
    assert [(r.status, r.reason) for r in merge_all(study)] == [("ran", "")] * 2
    places = {str(tmp_path), str(toy_models["pa"].parent), str(Path.home())}
    for file in (study.output / "merges").rglob("*.[!s]*"):
        assert not [place for place in places if place in file.read_text()], file
    text = {m: (Path(study.model_path(m)) / "mergekit_config.yml").read_text() for m in ("m", "r")}
    assert "model: pa\n" in text["m"] and "model: ./models/own\n" in text["m"]
    assert "model: ./models/own\n" in text["r"] and "model: pb\n" in text["r"]
    assert [r.status for r in merge_all(study)] == ["done", "done"]


def test_a_merge_of_merges_waits_and_a_broken_parent_stops_only_its_children(study_of, toy_models, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(toy_models["pc"], broken)
    file = broken / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-10])
    text = "{{method: linear, parents: [{}], parameters: {{weight: 1}}}}"
    study = study_of(
        "base", "pa", "pb",
        more={"broken": f"{{path: {broken}, role: parent}}"},
        merges=recipes(
            child=text.format("first, pb"), first=text.format("pa, pb"),
            bad=text.format("pa, broken"), of_bad=text.format("bad, pb"),
        ),
    )  # fmt: skip
    records = {r.name: r for r in merge_all(study)}
    assert {name: r.status for name, r in records.items()} == {
        "child": "ran", "first": "ran", "bad": "failed", "of_bad": "failed",
    }  # fmt: skip
    assert "corrupt safetensors" in records["bad"].reason and str(file) in Path(records["bad"].log).read_text()
    assert "bad could not be built" in records["of_bad"].reason
    rows = {row["name"]: row["status"] for row in json.loads((study.output / "merges.json").read_text())}
    assert rows == {name: r.status for name, r in records.items()}


def test_a_missing_parent_folder_is_named(study_of, tmp_path, toy_models):
    gone = tmp_path / "gone"
    shutil.copytree(toy_models["pc"], gone)
    text = "{method: linear, parents: [pa, gone], parameters: {weight: 1}}"
    study = study_of("base", "pa", more={"gone": f"{{path: {gone}, role: parent}}"}, merges=recipes(m=text))
    shutil.rmtree(gone)
    (record,) = merge_all(study)
    assert record.status == "failed" and str(gone) in record.reason and "no such model folder" in record.reason


def test_parents_of_different_shape_fail_with_mergekits_reason(study_of, toy, tmp_path):
    wide = toy.model(tmp_path / "wide", 5, width=32)
    merges = recipes(m="{method: linear, parents: [pa, wide], parameters: {weight: 1}}")
    (record,) = merge_all(study_of("base", "pa", more={"wide": f"{{path: {wide}, role: parent}}"}, merges=merges))
    assert record.status == "failed" and record.reason and Path(record.log).stat().st_size > 0
    assert not Path(record.folder or "/nonexistent").exists()


def test_only_and_dry_run(study_of):
    text = "{{method: linear, parents: [{}], parameters: {{weight: 1}}}}"
    merges = recipes(a=text.format("pa, pb"), b=text.format("a, pb"), c=text.format("pb, pa"))
    study = study_of("base", "pa", "pb", merges=merges)
    assert {r.name: r.status for r in merge_all(study, dry_run=True)} == {"a": "todo", "b": "todo", "c": "todo"}
    assert not (study.output / "merges").exists()
    assert {r.name: r.status for r in merge_all(study, only=["b"])} == {"a": "ran", "b": "ran"}
    assert {r.name: r.status for r in merge_all(study, dry_run=True)} == {"a": "done", "b": "done", "c": "todo"}
    with pytest.raises(RunError, match=r"only.*'x'"):
        merge_all(study, only=["x"])


def test_a_recipe_file_is_followed(study_of, toy_models):
    study = study_of("base", "pa", "pb")
    (study.folder / "params" / "stack.yml").write_text(
        "merge_method: passthrough\ndtype: float32\nslices:\n"
        "- sources: [{model: pa, layer_range: [0, 1]}]\n- sources: [{model: pb, layer_range: [1, 2]}]\n"
    )
    study = study_of("base", "pa", "pb", merges=recipes(stack="{recipe: stack.yml, parents: [pa, pb]}"))
    (record,) = merge_all(study)
    assert record.status == "ran", record.reason
    made, pa, pb = weights(record.folder), weights(toy_models["pa"]), weights(toy_models["pb"])
    for layer, parent in ((0, pa), (1, pb)):
        name = f"model.layers.{layer}.mlp.up_proj.weight"
        assert (made[name] == parent[name]).all()
