"""Items inside a results file of lm-eval: ``samples`` of the Python API, ``details`` of forks."""


def document(**more):
    return {"results": {"boolq": {"acc,none": 0.5, "acc_stderr,none": 0.5}}, "versions": {"boolq": 2},
            "config": {"model_args": "pretrained=m"}} | more  # fmt: skip


def sample(number, value):
    return {"doc_id": number, "doc": {"q": number}, "target": "x", "resps": [["x"]], "filtered_resps": ["x"],
            "acc": value}  # fmt: skip


def test_samples_are_items_under_the_filter_of_their_score(look, write):
    out = look(write("r.json", document(samples={"boolq": [sample(0, 1.0), sample(1, 0.0)]})))
    rows = out.readout.items.to_pylist()
    assert [(row["task_name"], row["filter"], row["doc_id"], row["value"]) for row in rows] == [
        ("boolq", "none", "0", 1.0), ("boolq", "none", "1", 0.0)
    ]  # fmt: skip
    assert out.problems == []


def test_rows_that_are_none_are_counted_and_lines_run_through_all_tasks(look, write):
    samples = {"a": ["text", sample(0, 1.0)], "b": "none", "c": [sample(0, 0.0)]}
    out = look(write("r.json", document(samples=samples)))
    assert [(row["task_name"], row["line"]) for row in out.readout.items.to_pylist()] == [("a", 1), ("c", 2)]
    assert [row["message"] for row in out.readout.problems] == [
        "samples.a: 1 rows are none, of 2", "samples.b: 0 rows are none, of 0"
    ]  # fmt: skip


def test_details_of_a_fork_are_items_with_the_same_key_for_the_same_question(look, write):
    details = [{"question": "q1", "acc": 1}, {"question": "q2", "acc": True}, {"question": "q1", "acc": "no"}]
    block = {"acc": 1.0, "acc_stderr": 0.0, "details": details}
    out = look(write("r.json", document(results={"boolq": block})))
    assert out.items(metric="acc") == [1.0, 1.0]
    first, second = out.readout.items.to_pylist()
    assert first["item_key"] != second["item_key"] and first["doc_id"] == "0"
