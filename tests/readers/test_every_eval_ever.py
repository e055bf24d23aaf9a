"""Documents of every_eval_ever: what they state, results of one name, many documents in a file."""

from mergekit_eval.collect.folders import collect
from tests.readers.eee_documents import document, result


def test_a_document_states_everything(look, write):
    out = look(write("a.json", document(result())))
    row = out.scores[0]
    assert (out.reader, row["model"], row["task"], row["metric"], row["filter"]) == (
        "every_eval_ever", "org/M", "IFEval", "accuracy", "none")  # fmt: skip
    assert (row["value"], row["higher_is_better"], row["scale"], row["date"]) == (0.75, True, "unit", 1750000000)
    assert (row["tool_version"], row["settings"]) == ("lighteval 0.8", '{"precision":"bfloat16"}')
    assert row["capability"] == "instruction"
    assert out.problems == []


def test_lower_is_better_is_kept(look, write, tmp_path):
    errors = {"metric_kind": "wer", "lower_is_better": True}
    write("a.json", document(result("speech", config=errors)))
    assert list(collect(tmp_path).scores["higher_is_better"]) == [False]


def test_results_of_one_name_are_told_apart_or_named(look, write):
    one, two = ({"metric_id": name} for name in ("strict", "loose"))
    out = look(
        write("a.json", document(result(config=one), result(score=0.5, config=two), result(score=0.25, config=two)))
    )
    assert [(row["filter"], row["value"]) for row in out.scores] == [("none", 0.75), ("loose", 0.5)]
    assert out.problems == ["repeated"]


def test_parameters_of_a_metric_are_its_filter(look, write):
    passed = [result("HumanEval", config={"metric_kind": "pass_rate", "metric_parameters": {"k": k}}) for k in (1, 10)]
    assert [row["filter"] for row in look(write("a.json", document(*passed))).scores] == ["k=1", "k=10"]


def test_many_documents_in_one_file(look, write):
    out = look(write("a.jsonl", [document(result()), document(result(score=0.5), model="org/N"), {"x": 1}]))
    assert [(row["model"], row["value"]) for row in out.scores] == [("org/M", 0.75), ("org/N", 0.5)]
    assert out.problems == ["bad-value"]


def test_documents_without_a_score_are_refused(look, write):
    out = look(write("a.json", document(result(score="high"))))
    assert (out.status, out.why) == ("refused", "no result of a document holds a score and says for which data set")
    assert look(write("b.json", {"model_info": {}, "results": []})).reader != "every_eval_ever"
