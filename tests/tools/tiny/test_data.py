"""The committed task data: what the recipe makes, byte for byte, and small."""

import json

import pytest

from mergekit_eval.tiny import DATA, FOLDER, MODELS
from tools.tiny.data import COUNTS, documents_of, write_data


def test_the_recipe_makes_the_committed_bytes(tmp_path):
    write_data(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in DATA.iterdir()}
    assert sorted(made) == sorted(committed)
    assert [name for name in made if made[name] != committed[name]] == []


@pytest.mark.parametrize("file", COUNTS)
def test_documents_differ_and_are_as_many_as_stated(file):
    docs = documents_of(file)
    assert len(docs) == COUNTS[file] * (3 if file == "reading" else 1)
    assert len({json.dumps(doc, sort_keys=True) for doc in docs}) == len(docs)


def test_questions_of_a_passage_stand_together_in_clusters_of_three():
    ids = [doc["passage_id"] for doc in documents_of("reading")]
    assert ids == sorted(ids)
    assert all(ids.count(name) == 3 for name in set(ids))
    passages = {doc["passage_id"]: doc["passage"] for doc in documents_of("reading")}
    assert len(set(passages.values())) == len(passages) == 60


def test_the_laboratory_is_small():
    assert _size(MODELS) <= 10_000_000
    assert _size(FOLDER / "tasks") <= 2_000_000


def _size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
