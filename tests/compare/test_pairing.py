"""Which items are the same item, and which scores may be compared."""

import json
import random

import numpy as np
import pytest

from mergekit_eval.collect.folders import Collection, collect, item_text
from mergekit_eval.compare.comparability_rules import comparable
from mergekit_eval.compare.pairing import match_items, pair
from mergekit_eval.errors import DataError

STAMP = "2025-01-02T03-04-05.000001"


def samples(folder, model: str, rows: list[dict], task: str = "boolq") -> None:
    home = folder / model
    home.mkdir(parents=True)
    block = {"acc,none": sum(row["acc"] for row in rows) / len(rows)}
    document = {"results": {task: block}, "versions": {task: 1}, "config": {"model_args": f"pretrained={model}"}}
    document["n-samples"] = {task: {"original": len(rows), "effective": len(rows)}}
    (home / f"results_{STAMP}.json").write_text(json.dumps(document))
    (home / f"samples_{task}_{STAMP}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def row(number: int, value: float, **more: object) -> dict:
    base = {"doc_id": number, "doc": {"q": f"question {number}"}, "target": "t", "filter": "none", "metrics": ["acc"]}
    return base | {"doc_hash": f"hash{number}", "acc": value} | more


def read(folder) -> Collection:
    return collect(folder, workers=1)


def test_items_pair_by_key_whatever_their_order(tmp_path):
    a = [row(i, float(i % 2)) for i in range(6)]
    b = [row(i, float(i % 3 == 0)) for i in range(2, 8)]
    random.Random(0).shuffle(b)
    samples(tmp_path, "a", a)
    samples(tmp_path, "b", b)
    items = read(tmp_path).items
    found = pair(items, "a", "b", "boolq", "acc")
    keys = items.loc[items["model"].eq("a"), "item_key"].to_numpy(object)[found.places]
    order = np.argsort(keys)
    assert keys[order].tolist() == ["hash2", "hash3", "hash4", "hash5"]
    assert found.a[order].tolist() == [0, 1, 0, 1] and found.b[order].tolist() == [0, 1, 0, 0]
    assert (found.matched, found.only_a, found.only_b, found.how) == (4, 2, 2, "key")


def test_repeated_documents_pair_by_occurrence(tmp_path):
    samples(tmp_path, "a", [row(0, 1, doc_hash="x"), row(1, 0, doc_hash="x"), row(2, 1)])
    samples(tmp_path, "b", [row(0, 0, doc_hash="x"), row(1, 1, doc_hash="x"), row(2, 1)])
    found = pair(read(tmp_path).items, "a", "b", "boolq", "acc")
    assert found.matched == 3 and found.a.tolist() == [1, 0, 1] and found.b.tolist() == [0, 1, 1]


def test_reshuffled_choices_pair_by_content_never_by_number(tmp_path):
    rng = random.Random(1)
    sides: dict[str, list[dict]] = {"a": [], "b": []}
    for name, rows in sides.items():
        for i in range(8):
            choices = [f"answer {i} {letter}" for letter in "wxyz"]
            rng.shuffle(choices)
            doc = {"Question": f"what of {i}", "choices": choices, "answer": "ABCD"[choices.index(f"answer {i} w")]}
            rows.append(row(i, float(i % 2), doc=doc, doc_hash=f"{name}{i}"))
    rng.shuffle(sides["b"])
    for number, entry in enumerate(sides["b"]):
        entry["doc_id"] = number
    for name, rows in sides.items():
        samples(tmp_path, name, rows, "leaderboard_gpqa_main")
    found = pair(read(tmp_path).items, "a", "b", "leaderboard_gpqa_main", "acc")
    assert found.how == "content" and found.matched == 8
    assert found.a.tolist() == found.b.tolist()
    assert "another order" in found.notes[0]


def test_numbers_pair_only_over_equal_texts(tmp_path):
    texts = ["the same long text of a question", "another question, also long"]
    samples(
        tmp_path, "a", [row(i, 1, doc={"q": t, "extra": "only here"}, doc_hash=f"a{i}") for i, t in enumerate(texts)]
    )
    other = [{"q": texts[0], "meta": "more text"}, {"q": "a different question altogether"}]
    samples(tmp_path, "b", [row(i, 0, doc=doc, doc_hash=f"b{i}") for i, doc in enumerate(other)])
    found = pair(read(tmp_path).items, "a", "b", "boolq", "acc")
    assert (found.matched, found.only_a, found.only_b, found.how) == (1, 1, 1, "doc_id")


def test_nothing_in_common_is_no_pair_and_no_error(tmp_path):
    samples(tmp_path, "a", [row(0, 1)])
    samples(tmp_path, "b", [row(1, 1)])
    found = pair(read(tmp_path).items, "a", "b", "boolq", "acc")
    assert (found.matched, found.how) == (0, "none") and len(found.a) == 0
    assert match_items(read(tmp_path).items.iloc[:0], read(tmp_path).items).matched == 0


def test_several_runs_of_one_model_are_an_error_that_names_them(tmp_path):
    samples(tmp_path, "a", [row(0, 1)])
    items = read(tmp_path).items
    twice = items.assign(run="again")
    import pandas as pd

    with pytest.raises(DataError, match="2 runs"):
        pair(pd.concat([items, twice]), "a", "a", "boolq", "acc")


def test_clusters_travel_with_the_pairs(tmp_path):
    passages = ["p", "p", "r"]
    rows = [row(i, 1.0, doc={"passage": p, "q": str(i)}) for i, p in enumerate(passages)]
    for name in "ab":
        samples(tmp_path, name, rows)
    assert pair(read(tmp_path).items, "a", "b", "boolq", "acc").cluster.tolist() == [0, 0, 1]


def test_text_is_fetched_from_the_file(tmp_path):
    samples(tmp_path, "a", [row(i, 1) for i in range(5)])
    items = read(tmp_path).items
    assert item_text(items.iloc[3])["doc"] == {"q": "question 3"}
    (tmp_path / "a" / f"samples_boolq_{STAMP}.jsonl").write_text("{}\n{}\n")
    with pytest.raises(DataError, match="no row 3"):
        item_text(items.iloc[3])


SCORE = {
    "tool": "lm-eval",
    "task": "t",
    "metric": "acc",
    "filter": "none",
    "scale": "unit",
    "aggregate": "",
    "n_shot": 5,
}
SCORE |= {"task_version": "1.0", "tool_version": "0.4.8", "limit": float("nan"), "chat_template": "", "settings": ""}
SCORE |= {"system_prompt": "", "gen_kwargs": "", "quantization": ""}


@pytest.mark.parametrize(
    ("change", "rule", "level"),
    [
        ({"task_version": "2.0"}, "task version", "refuse"),
        ({"task_version": ""}, "task version", "note"),
        ({"n_shot": 0}, "few-shot", "refuse"),
        ({"filter": "strict-match"}, "filter", "refuse"),
        ({"limit": 100.0}, "limit", "label"),
        ({"chat_template": "abc"}, "chat template", "label"),
        ({"system_prompt": "abc"}, "system prompt", "label"),
        ({"gen_kwargs": '{"t":1}'}, "generation", "label"),
        ({"quantization": "4bit"}, "quantisation", "label"),
        ({"tool_version": "0.4.9"}, "tool version", "note"),
    ],
)
def test_each_rule(change, rule, level):
    found = comparable(SCORE, SCORE | change)
    assert [(one.rule, one.level) for one in found] == [(rule, level)]


def test_equal_settings_have_no_finding():
    assert comparable(SCORE, SCORE) == []


def test_limit_is_refused_where_only_aggregates_are_there():
    assert [one.level for one in comparable(SCORE, SCORE | {"limit": 5.0}, paired=False)] == ["refuse"]


@pytest.mark.parametrize(
    ("version", "level"), [("0.4.9", "refuse"), ("0.4.9.1", "refuse"), ("0.4.3", "note"), ("", None)]
)
def test_mc2_before_and_after_its_repair(version, level):
    old = SCORE | {"task": "truthfulqa_mc2"}
    found = comparable(old, old | {"tool_version": version})
    assert (found[0].level if found else None) == level
