"""Model folders: what is refused before anything loads, and what makes two models the same."""

import hashlib
import json
import os
import struct

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run import modelfiles
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
    assert "corrupt safetensors" in refused(model) and "header too large" in refused(model)


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


def planted(cache):
    """The remembered digests of an earlier run, each replaced: what is still "planted" afterwards was not read."""
    digests = Digests(cache)
    for entry in digests.known.values():
        entry[-1] = "planted"
    return digests


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A file that counts as large, five pieces long, and the digests of a run that has read it."""
    monkeypatch.setattr(modelfiles, "READ_WHOLE", 1000)
    monkeypatch.setattr(modelfiles, "PIECE", 100)
    monkeypatch.setattr(modelfiles, "EVERY", 1000)
    file = tmp_path / "weights"
    file.write_bytes(bytes(range(250)) * 20)
    digests = Digests(tmp_path / "digests.json")
    digests.file(file)
    digests.save()
    return file


def damage(file, place, *, same_times):
    """Change one byte in place, and put the time of writing back where told to."""
    before = file.stat()
    with file.open("r+b") as stream:
        stream.seek(place)
        stream.write(b"\xff")
    if same_times:
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size


def test_an_unchanged_large_file_is_not_read_again(weights, tmp_path):
    assert planted(tmp_path / "digests.json").file(weights) == "planted"


@pytest.mark.parametrize("same_times", [False, True])
def test_damage_of_equal_size_is_seen_even_if_the_time_of_writing_was_put_back(weights, tmp_path, same_times):
    damage(weights, 550, same_times=same_times)
    assert planted(tmp_path / "digests.json").file(weights) == hashlib.sha256(weights.read_bytes()).hexdigest()


@pytest.mark.parametrize(("place", "seen"), [(0, True), (1050, True), (4999, True), (550, False)])
def test_damage_below_the_file_system_is_seen_where_a_large_file_is_sampled(weights, tmp_path, place, seen):
    """A disk that loses data changes no time; the entry of the record says what it looks like then."""
    damage(weights, place, same_times=True)
    digests = planted(tmp_path / "digests.json")
    digests.known[str(weights)][:3] = [weights.stat().st_size, weights.stat().st_mtime_ns, weights.stat().st_ctime_ns]
    assert (digests.file(weights) != "planted") is seen


def test_a_small_file_is_read_once_by_every_run(model, tmp_path):
    file = model / "model.safetensors"
    truth = Digests(tmp_path / "digests.json").file(file)
    first = Digests(tmp_path / "digests.json")
    first.file(file)
    first.save()
    assert planted(tmp_path / "digests.json").file(file) == truth
    first.known[str(file)][-1] = "planted"
    assert first.file(file) == "planted", "within a run it is not read again"
    safetensors(file, (5.0, 6.0, 7.0))
    assert first.file(file) not in ("planted", truth), "unless it changed"


def test_changed_files_are_named(model, tmp_path):
    digests = Digests(tmp_path / "digests.json")
    files = {name: digests.file(model / name) for name in ("config.json", "model.safetensors")}
    assert digests.changed(model, files) == []
    (model / "config.json").write_text("[]")
    assert digests.changed(model, files | {"gone.txt": "x"}) == ["config.json", "gone.txt"]
    for unusable in (None, {}, [], 3):
        assert digests.changed(model, unusable) == ["the list of its files"]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"x": 3}', '{"x": [1, 2, "y"]}', "\0\0"])
def test_a_broken_cache_only_costs_time(model, tmp_path, text):
    cache = tmp_path / "digests.json"
    truth = Digests(cache).model(str(model))
    cache.write_text(text)
    assert Digests(cache).model(str(model)) == truth
