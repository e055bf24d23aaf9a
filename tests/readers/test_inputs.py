"""What lies beside results and is none is named, never read or loaded."""

import pytest


def test_hyperparameters_are_named_and_never_loaded(look, write):
    out = look(write("x/0/done/hparams.yaml", "batch_size: 16\nprobe: !!python/name:os.system ''\n"))
    assert out.status == "skipped"
    assert "never loaded" in out.why


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("samples.jsonl", [{"task_id": "HumanEval/0", "completion": "x"}]),
        ("samples2.jsonl", [{"task_id": "HumanEval/0", "solution": "x"}]),
        ("question.jsonl", [{"question_id": 81, "category": "writing", "turns": ["a", "b"]}]),
        ("answer.jsonl", [{"question_id": 81, "answer_id": "x", "model_id": "m", "choices": [], "tstamp": 1}]),
        ("model_outputs.json", [{"instruction": "i", "output": "o", "generator": "m"}]),
        ("generations_humaneval.json", [["def f(): pass"], ["x"]]),
        ("xstest_prompts.csv", "id,prompt,type,label,focus,note\n1,p,homonyms,safe,kill,\n"),
        ("info.csv", "benchmark,name,metric\nx,X,Accuracy\n"),
        ("evals_info.csv", ",name,metric\nx,X,Accuracy\n"),
        ("xstest_prompts_v1.csv", "id,type,prompt,focus,note\nv1-1,homonyms,p,kill,\n"),
        ("references_humaneval.json", ["def f(): pass", "x"]),
    ],
)
def test_what_lies_beside_results_is_named_and_not_read(look, write, name, content):
    out = look(write(name, content))
    assert (out.status, out.reader) == ("skipped", "inputs")
    assert out.why


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("judged.jsonl", [{"task_id": "HumanEval/0", "completion": "x", "passed": True}]),
        ("scored.jsonl", [{"question": "why?", "answer": "so", "score": 0.5}]),
        ("numbers.json", [[1.5, 2.5]]),
    ],
)
def test_a_row_with_a_verdict_is_no_input(look, write, name, content):
    assert look(write(name, content)).reader != "inputs"
