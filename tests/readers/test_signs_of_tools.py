"""The signs of answers in files of other tools than lm-eval: stated ends, empty answers, tied options."""

import pytest

from mergekit_eval.readers import _inspect, olmes
from mergekit_eval.readers._code import code_signs
from mergekit_eval.signs import bit


def of_inspect(content, end):
    return _inspect._sample(
        0, {"id": "a", "output": {"choices": [{"message": {"content": content}, "stop_reason": end}]}}
    )


def test_inspect_states_why_an_answer_ended():
    assert of_inspect("It is", "max_tokens").signs == bit("text", "ending", "cut")
    assert of_inspect("It is 5.", "stop").signs == bit("text", "ending")
    assert of_inspect("It is 5.", "unknown").signs == bit("text")
    assert of_inspect([{"type": "text", "text": " "}], "stop").signs == bit("text", "ending", "empty")


def test_a_log_without_answers_shows_nothing():
    assert _inspect._sample(0, {"id": "a"}).signs == _inspect._sample(0, None).signs == 0
    assert of_inspect(None, "stop").signs == of_inspect([{"type": "image"}], "stop").signs == 0


def test_olmes_scores_options_or_holds_a_text():
    assert olmes._signs([{"sum_logits": -1.0}, {"sum_logits": -1.0}]) == bit("options", "tied")
    assert olmes._signs([{"sum_logits": -1.0}, {"sum_logits": None}]) == 0
    assert olmes._signs([{"continuation": ""}]) == bit("text", "empty")
    assert olmes._signs(None) == olmes._signs([]) == olmes._signs(["text"]) == 0


CODE = {
    "def f(x):\n    return x\n": bit("text", "filtered"),
    "from math import sqrt as f": bit("text", "filtered"),
    "": bit("text", "filtered", "unparsed", "empty"),
    "The function adds both numbers.": bit("text", "filtered", "unparsed"),
}


@pytest.mark.parametrize(("code", "bits"), CODE.items())
def test_an_answer_without_code_is_not_parsed(code, bits):
    assert code_signs(code) == bits
    assert code_signs(None) == 0


def signs_in(look, file, metric="pass@1"):
    """Return the signs of the items of a file by their number there."""
    rows = look(file).readout.items.to_pylist()
    return {row["doc_id"]: row["signs"] for row in rows if row["metric"] == metric}


def test_the_first_sample_of_a_task_shows_its_signs(look, write):
    def tests(benchmark, **verdict):
        return {
            f"{benchmark}/{n}": [{"solution": text} | verdict for text in (code, "def f(): pass")]
            for n, code in enumerate(CODE)
        }

    own = {"date": "2026-01-02", "hash": "h", "eval": tests("HumanEval", base_status="pass", plus_status="fail")}
    plus = signs_in(look, write("m_eval_results.json", own))
    big = {"date": "2026-01-02", "eval": tests("BigCodeBench", status="pass")}
    name = "org--M--bigcodebench-hard-instruct--vllm-0-1-sanitized_calibrated_eval_results.json"
    assert plus == {f"HumanEval/{n}": bits for n, bits in enumerate(CODE.values())}
    assert signs_in(look, write(name, big)) == {f"BigCodeBench/{n}": bits for n, bits in enumerate(CODE.values())}


def test_evalplus_of_2023_holds_no_code(look, write):
    tests = {"HumanEval/0": {"nfiles": 1, "base": [["success", []]], "plus": [["success", []]]}}
    assert signs_in(look, write("m_eval_results.json", {"date": "", "hash": "", "eval": tests})) == {"HumanEval/0": 0}


def test_human_eval_completions_are_looked_at_without_asking_for_a_definition(look, write):
    rows = [
        {"task_id": f"HumanEval/{n}", "passed": False, "completion": text}
        for n, text in enumerate(["    return 1", "", 7])
    ]
    assert signs_in(look, write("s.jsonl_results.jsonl", rows)) == {
        "HumanEval/0": bit("text"), "HumanEval/1": bit("text", "empty"), "HumanEval/2": 0,
    }  # fmt: skip


def test_livecodebench_holds_answer_and_the_code_found_in_it(look, write):
    answers = {
        "a": (["```python\nprint(1)\n```"], ["print(1)"], bit("text", "filtered")),
        "b": (["```python\nprint(1"], [""], bit("text", "filtered", "unparsed")),
        "c": ([""], [""], bit("text", "filtered", "unparsed", "empty")),
        "d": ([], [], 0),
        "e": ([["First we", "x"]], [[" "]], bit("text", "filtered", "unparsed")),
    }
    rows = [
        {"question_id": name, "graded_list": [False], "pass@1": 0.0, "output_list": said, "code_list": code}
        for name, (said, code, _) in answers.items()
    ]
    found = signs_in(look, write("output/M/Scenario.codegeneration_1_0.2_eval_all.json", rows))
    assert found == {name: bits for name, (*_, bits) in answers.items()}


def test_answers_to_judges_and_classifiers_are_looked_at(look, write):
    said = {"I'm sorry, but no.": bit("text", "refusal"), "": bit("text", "empty"), "Sure: 5.": bit("text")}
    rows = [
        {"id": text, "prompt": f"p{n}", "response": text, "response_harmfulness": "harmful"}
        for n, text in enumerate(said)
    ]
    assert signs_in(look, write("safety.json", {"harmbench": rows}), "micro ASR (lower)") == said
    judged = [
        {"instruction": text, "output_1": "", "generator_1": "a", "output_2": text, "generator_2": "m",
         "annotator": "j", "preference": 2.0} for text in said
    ]  # fmt: skip
    shown = look(write("annotations.json", judged)).readout.items["signs"].to_pylist()
    assert sorted(shown) == sorted(said.values())


def test_every_eval_ever_holds_the_answer_as_text_or_list(look, write):
    outputs = [
        ({"raw": "It is 5."}, bit("text")),
        ({"raw": [" "]}, bit("text", "empty")),
        (None, 0),
        ({"raw": [[]]}, 0),
    ]
    rows = [
        {"evaluation_id": "s/m/1", "model_id": "m", "evaluation_name": "e", "sample_id": str(n), "output": output,
         "input": {"raw": f"q{n}"}, "evaluation": {"score": 1.0, "is_correct": True}}
        for n, (output, _) in enumerate(outputs)
    ]  # fmt: skip
    found = signs_in(look, write("a_samples.jsonl", rows), "accuracy")
    assert found == {str(n): bits for n, (_, bits) in enumerate(outputs)}
