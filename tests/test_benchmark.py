"""How weights are written down: what is read, and what is refused."""

import msgspec
import pytest

from mergekit_eval.benchmark import WEIGHTS, WEIGHTS_RULE, Benchmark, Weights


@pytest.mark.parametrize("weights", [*WEIGHTS, {"gsm8k": 0.5, "my exam": 2.0}])
def test_weights_are_a_word_or_numbers(weights):
    assert msgspec.convert(weights, Weights) == weights
    assert weights in WEIGHTS or "number >= 0" in WEIGHTS_RULE


@pytest.mark.parametrize("weights", ["votes", 1, ["task"], {"gsm8k": "2"}, {"gsm8k": True}, {"gsm8k": float("nan")}])
def test_other_weights_are_refused(weights):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(weights, Weights)


def test_a_benchmark_is_written_with_the_keys_of_the_facts():
    entry = msgspec.convert({"name": "exam", "tasks": ["a*"], "combine": "size"}, Benchmark)
    assert entry == Benchmark("exam", tasks=("a*",), combine="size")
    with pytest.raises(msgspec.ValidationError, match="unknown field `task`"):
        msgspec.convert({"name": "exam", "task": ["a*"]}, Benchmark)
