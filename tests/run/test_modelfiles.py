"""Model folders: what is refused before anything loads, and what makes two models the same."""

import json
import struct

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run.modelfiles import Digests, check_model


def safetensors(path, values=(1.0, 2.0)):
    data = struct.pack(f"<{len(values)}f", *values)
    header = json.dumps({"w": {"dtype": "F32", "shape": [len(values)], "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    safetensors(folder / "model.safetensors")
    return folder


def refused(path):
    with pytest.raises(RunError) as caught:
        check_model(str(path))
    return str(caught.value)


def test_a_complete_folder_and_a_hub_id_pass(model):
    check_model(str(model))
    check_model("someone/some-model")


def test_missing_folder(tmp_path):
    assert "no such model folder" in refused(tmp_path / "gone")


def test_missing_config(model):
    (model / "config.json").unlink()
    assert "config.json is missing" in refused(model)


def test_pickled_weights_only(model):
    (model / "model.safetensors").rename(model / "pytorch_model.bin")
    assert "pickled ones are refused" in refused(model)


@pytest.mark.parametrize("keep", [0, 4, 8, 20, -1])
def test_truncated_weights(model, keep):
    file = model / "model.safetensors"
    file.write_bytes(file.read_bytes()[:keep])
    assert "corrupt safetensors" in refused(model) and str(file) in refused(model)


@pytest.mark.parametrize(
    "header", [b"[]", b"{", b'{"w": 1}', b'{"w": {"data_offsets": []}}', b'{"w": {"data_offsets": [0, "x"]}}', b"\xff"]
)
def test_hostile_headers(model, header):
    (model / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    assert "corrupt safetensors" in refused(model)


def test_a_huge_header_length_is_not_read(model):
    (model / "model.safetensors").write_bytes((2**62).to_bytes(8, "little") + b"{}")
    assert "does not fit" in refused(model)


def test_missing_shard(model):
    (model / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"w": "model-2.safetensors"}}))
    assert "model-2.safetensors" in refused(model)


def test_identity_follows_contents_not_place(model, tmp_path):
    digests = Digests(tmp_path / "digests.json")
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in model.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert digests.model(str(model)) == digests.model(str(copy))
    (copy / "README.md").write_text("a card changes nothing")
    (copy / "merge.json").write_text("{}")
    assert digests.model(str(model)) == digests.model(str(copy))
    safetensors(copy / "model.safetensors", (1.0, 3.0))
    assert digests.model(str(model)) != digests.model(str(copy))


def test_a_renamed_file_is_another_model(model, tmp_path):
    digests = Digests(tmp_path / "digests.json")
    before = digests.model(str(model))
    (model / "config.json").rename(model / "generation_config.json")
    assert digests.model(str(model)) != before


def test_unchanged_files_are_not_read_again(model, tmp_path):
    first = Digests(tmp_path / "digests.json")
    truth = first.model(str(model))
    first.save()
    for entry in (planted := Digests(tmp_path / "digests.json")).known.values():
        entry[2] = "planted"
    assert planted.model(str(model)) != truth, "the remembered digest is used"
    safetensors(model / "model.safetensors", (5.0, 6.0, 7.0))
    assert planted.file(model / "model.safetensors") != "planted", "a file of another size is read"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 3}'])
def test_a_broken_cache_only_costs_time(model, tmp_path, text):
    cache = tmp_path / "digests.json"
    truth = Digests(cache).model(str(model))
    cache.write_text(text)
    assert Digests(cache).model(str(model)) == truth
