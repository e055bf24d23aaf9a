"""One merge in its own process: complete in its place or not at all, and without the paths of this machine."""

import json
from pathlib import Path

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import UNFINISHED, digest
from mergekit_eval.run import build_merge

SECRET = "/home/someone/models"


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Build a merge whose weights are text; ``weights`` says whether they pass the check for finite numbers."""

    def call(weights="new", finite=True):
        def merge(config, stated, made, seed):
            made.mkdir()
            (made / "model.safetensors").write_text(weights)
            (made / "README.md").write_text(f"* {SECRET}/math-7b\n* {SECRET}/math\n")

        def check(made):
            if not finite:
                raise RunError("not finite")

        monkeypatch.setattr(build_merge, "_merge", merge)
        monkeypatch.setattr(build_merge, "_check_weights", check)
        folder = tmp_path / "out" / "merges" / "m"
        written = {f"{SECRET}/math": "math", f"{SECRET}/math-7b": "./models/math-7b"}
        facts = {"name": "m", "key": "k"}
        return build_merge.build(
            output=str(tmp_path / "out"), folder=str(folder), config={}, stated={}, written=written, seed=0, facts=facts
        )

    return call


def test_a_merge_takes_its_place_with_what_it_is_and_what_it_cost(build, tmp_path):
    made = build()
    folder = tmp_path / "out" / "merges" / "m"
    assert json.loads((folder / "merge.json").read_text()) == made
    assert made["key"] == "k" and made["wall_seconds"] >= 0 and made["peak_memory_mb"] >= made["memory_before_mb"] > 1
    assert made["files"] == {name: digest(folder / name) for name in ("README.md", "model.safetensors")}


def test_the_card_names_models_as_the_study_does_the_longest_path_first(build, tmp_path):
    build()
    assert (tmp_path / "out/merges/m/README.md").read_text() == "* ./models/math-7b\n* math\n"


def test_a_merge_that_is_refused_leaves_the_one_that_was_there(build, tmp_path):
    build("old")
    with pytest.raises(RunError, match="not finite"):
        build("new", finite=False)
    assert (tmp_path / "out/merges/m/model.safetensors").read_text() == "old"
    build("new")
    assert (tmp_path / "out/merges/m/model.safetensors").read_text() == "new"
    assert not list(tmp_path.rglob(f"{UNFINISHED}*")) and not list(tmp_path.rglob("replaced"))


@pytest.mark.slow
def test_a_folder_without_weights_is_no_merge(tmp_path):
    pytest.importorskip("torch")
    with pytest.raises(RunError, match="wrote no safetensors file"):
        build_merge._check_weights(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(tmp_path, bad):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    save_file({"good": torch.zeros(2), "layer.weight": torch.tensor([0.0, bad])}, Path(tmp_path) / "m.safetensors")
    with pytest.raises(RunError, match=r"^layer\.weight has weights that are not finite; lower the weights"):
        build_merge._check_weights(tmp_path)
