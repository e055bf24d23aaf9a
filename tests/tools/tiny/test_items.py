"""The split: decided by a hash of what must be new, and kept by the whole training stream."""

import json
from itertools import islice
from random import Random

import pytest

from mergekit_eval.tiny import DATA
from tools.tiny.items import Item, held_out, held_out_items, stream
from tools.tiny.train import documents, mixture_of, recipe, rows


def _number(rng: Random) -> Item:
    value = rng.randrange(1000)
    return Item(f"n{value}", f"{value}?", str(value))


def test_about_the_stated_share_is_held_out_and_the_answer_never_changes():
    keys = [f"key {number}" for number in range(4000)]
    assert sum(held_out(key, 15) for key in keys) / 4000 == pytest.approx(0.15, abs=0.02)
    assert [held_out(key) for key in keys] == [held_out(key) for key in keys]
    assert not any(held_out(key, 0) for key in keys)
    assert all(held_out(key, 100) for key in keys)


def test_the_two_streams_share_no_key():
    train = {item.key for item in islice(stream(_number, Random(0), test=False), 3000)}
    test = {item.key for item in islice(stream(_number, Random(1), test=True), 3000)}
    assert train and test and not train & test


def test_asking_for_more_items_than_exist_is_an_error():
    with pytest.raises(RuntimeError, match=r"few: only \d+ of 200"):
        held_out_items(_number, 200, "few")  # of 1,000 numbers, 15 % are held out


def test_no_prompt_repeats():
    prompts = [item.prompt for item in held_out_items(_number, 100, "seed")]
    assert len(set(prompts)) == 100


QUICK = "safety"


@pytest.mark.parametrize(
    "name",
    [
        name if name == QUICK else pytest.param(name, marks=pytest.mark.slow)
        for name in ("base", *recipe()["specialists"])
    ],
)
def test_no_test_document_is_in_the_training_stream(name):
    asked, told = _test_texts()
    assert len(asked) > 1000
    assert len(told) > 300
    for item in _trained_on(name):
        assert not held_out(item.key, item.percent)
        question = item.prompt.removeprefix("please ").split("\n")[0]
        assert question not in asked
        assert told.isdisjoint(item.answer.rstrip(".").split(". "))


def _trained_on(name: str) -> list[Item]:
    """Return every document of the stream that the recipe's rows are packed from."""
    plan = recipe()
    own = plan["base"] if name == "base" else plan["specialists"][name]
    seen = []

    def recorded():
        for item in documents(mixture_of(name), own["seed"]):
            seen.append(item)
            yield item

    packed = rows(recorded(), plan["length"], Random(own["seed"]))
    assert sum(1 for _ in islice(packed, own["steps"] * plan["rows"])) == own["steps"] * plan["rows"]
    return seen


def _test_texts() -> tuple[set[str], set[str]]:
    """Return the questions (first lines: the second is the same for all) and the sentences of all test documents."""
    docs = [json.loads(line) for file in sorted(DATA.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    asked = {doc["prompt"].removeprefix("please ").split("\n")[0] for doc in docs if doc["prompt"]}
    told = {text for doc in docs if not doc["prompt"] for text in doc["answer"].rstrip(".").split(". ")}
    return asked, told
