"""Columns of a samples file: hashes of documents, and texts that are kept once."""

import hashlib
import json

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from mergekit_eval.readers._lm_eval_columns import HASH, SHOWN, Column, coded, doc_hash, numbered, prompts
from mergekit_eval.readers._lm_eval_rows import Chunk, row_type


@pytest.mark.parametrize("doc", [{"question": "2 + 2?", "answers": [3, 4]}, {"text": "中文"}, {}])
def test_a_document_has_the_hash_that_lm_eval_writes(doc):
    text = json.dumps(doc, indent=2, ensure_ascii=False)
    assert doc_hash(doc) == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert doc_hash(doc) != doc_hash({**doc, "more": 1})


def test_a_lone_surrogate_has_a_hash_and_a_text_too():
    assert len(doc_hash({"text": "a\ud800"})) == 64
    assert coded(["a\ud800", "b"]).to_pylist() == ["a\\ud800", "b"]


def test_equal_texts_are_kept_once():
    column = coded(["a", "b", "a"])
    assert column.to_pylist() == ["a", "b", "a"]
    assert len(column.dictionary) == 2
    assert numbered(np.array([1, 0], np.int32), pa.array(["x", "y"])).to_pylist() == ["y", "x"]


def test_of_several_broken_lists_of_metrics_the_first_is_told():
    lists = [b'["acc', *(b"no list %d" % i for i in range(20))]
    keys = ("doc_id", "doc_hash", "filter", HASH)
    made = row_type(keys, ("metrics", *SHOWN), True)[0]
    rows = [made(v0=i, v1=str(i), v2="none", s0=msgspec.Raw(text)) for i, text in enumerate(lists)]
    columns = Column(list(keys), [], True, [], [], "")
    with pytest.raises(msgspec.DecodeError, match="truncated"):
        columns.add(Chunk(np.arange(len(rows)), rows, []), None)


def test_prompts_are_numbers_of_their_hashes():
    one, other = "00" * 32, "ff" * 32
    assert prompts([one, other, one]).tolist() == [0, 2**63 - 1, 0]
    assert prompts([one, "p"]).tolist() == [-1, -1] and prompts([None]).tolist() == [-1]
    assert prompts(["ab", "cd" * 15 + "ef"]).tolist() == [-1, -1] and prompts([]).dtype == np.int64
