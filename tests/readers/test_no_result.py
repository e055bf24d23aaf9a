"""What lies beside results is told by its keys; whatever might hold a score is not."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mergekit_eval.readers.no_result import OURS


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"model_type": "llama", "architectures": ["x"]}, "settings of a model"),
        ({"bits": 4, "group_size": 128, "x": 1}, "settings of a quantisation"),
        ({"bos_token": "<s>", "eos_token": "</s>"}, "a tokenizer"),
        ({"<pad>": 0, "[MASK]": 5}, "a vocabulary"),
        ({f"w{n}": n + 3 for n in range(20)}, "a vocabulary"),
        ({"total_time_seconds": 3.5, "name": "x", "start": None}, "timings"),
        ({"epoch": 1, "train_loss": 0.5}, "a training log"),
        ({}, "an empty JSON object"),
        ([], "an empty list"),
        ("null\n", "a JSON null"),
    ],
)
def test_it_is_named_by_its_keys(look, write, content, what):
    out = look(write("x.json", content))
    assert (out.status, out.reader, out.why) == ("skipped", "no result", f"no result: {what}")


@pytest.mark.parametrize(
    "content",
    [
        {"epoch": 1, "eval_accuracy": 0.5},
        {"mmlu": 3, "gsm8k": 4},
        {f"w{n}": 2 * n for n in range(20)},
        {"seconds": 3.5, "accuracy": 0.5},
        {"tokenizer_class": "x", "results": {}},
    ],
)
def test_what_might_be_a_score_is_not_called_no_result(look, write, content):
    assert look(write("x.json", content)).reader != "no result"


def test_a_table_of_this_kit_is_not_read_again(look, tmp_path):
    pq.write_table(pa.table({name: ["x"] for name in OURS}), tmp_path / "scores.parquet")
    assert look(tmp_path / "scores.parquet").why == "no result: a table of this kit"
