"""One merge: checked before it appears, and without the paths of this machine."""

import json
from pathlib import Path

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run import merge_all
from mergekit_eval.run.build_merge import build

# mergekit itself imports what numpy has moved.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:numpy.core:DeprecationWarning")]


def recipes(**entries):
    return "".join(f"\n  {name}: {text}" for name, text in entries.items())


def test_weights_that_overflow_are_refused(study_of):
    text = "{method: task_arithmetic, parents: [pa, pb], dtype: float16, parameters: {weight: 1.0e+8}}"
    (record,) = merge_all(study_of("base", "pa", "pb", merges=recipes(m=text)))
    assert record.status == "failed" and "not finite" in record.reason


@pytest.fixture
def call(toy_models, tmp_path):
    """Return the arguments of `build` for half of pa and half of pb."""
    models = [{"model": str(toy_models[name]), "parameters": {"weight": 0.5}} for name in ("pa", "pb")]
    config = {"merge_method": "linear", "models": models, "dtype": "float32"}
    written = {str(toy_models[name]): name for name in ("pa", "pb")}
    stated = config | {"models": [one | {"model": written[one["model"]]} for one in models]}
    folder = tmp_path / "out" / "merges" / "m"
    return {"output": str(tmp_path / "out"), "folder": str(folder), "config": config, "stated": stated,
            "written": written, "seed": 1, "facts": {"key": "k"}}  # fmt: skip


def test_a_merge_takes_its_place_whole_and_says_what_it_is(call, toy_models):
    from safetensors.torch import load_file

    folder = Path(call["folder"])
    folder.mkdir(parents=True)
    (folder / "old.txt").write_text("what stood there before")
    facts = build(**call)
    made, pa, pb = (load_file(f / "model.safetensors") for f in (folder, toy_models["pa"], toy_models["pb"]))
    assert all((made[name] - (pa[name] + pb[name]) / 2).abs().max() < 1e-6 for name in pa)
    assert facts["key"] == "k" and json.loads((folder / "merge.json").read_text()) == facts
    assert facts["files"].keys() == {file.name for file in folder.iterdir()} - {"merge.json"}
    assert facts["peak_memory_mb"] >= facts["memory_before_mb"] > 0
    assert not (folder / "old.txt").exists()
    text = (folder / "README.md").read_text() + (folder / "mergekit_config.yml").read_text()
    assert str(toy_models["pa"].parent) not in text and "model: pa" in text


def test_a_merge_that_fails_leaves_what_stood_there(call):
    folder = Path(call["folder"])
    folder.mkdir(parents=True)
    (folder / "old.txt").write_text("what stood there before")
    config = call["config"] | {"dtype": "float16"}
    config["models"] = [one | {"parameters": {"weight": 1e8}} for one in config["models"]]
    config["parameters"] = {"normalize": False}
    with pytest.raises(RunError, match="not finite"):
        build(**call | {"config": config})
    assert [file.name for file in folder.iterdir()] == ["old.txt"]
    assert [one.name for one in folder.parent.parent.iterdir()] == ["merges"]
