"""Tables that lm-eval printed, beside the results files that they were printed from, and beside others."""

import pytest

NEW = "hf (pretrained=org/m), gen_kwargs: (None), limit: None, num_fewshot: None, batch_size: 8\n"
HEAD = (
    "|  Tasks  |Version|Filter|n-shot|Metric|   |Value |   |Stderr|\n"
    "|---------|------:|------|-----:|------|---|-----:|---|-----:|\n"
)
ARC = (
    "|arc_easy |      1|none  |     0|acc     |↑  |0.7090|±  |0.0144|\n"
    "|         |       |none  |     0|acc_norm|↑  |0.6800|±  |   N/A|\n"
)


def result(model: str, acc: float) -> dict:
    block = {"acc,none": acc, "acc_stderr,none": 0.01441234, "acc_norm,none": 0.68, "acc_norm_stderr,none": "N/A"}
    return {
        "results": {"arc_easy": {"alias": "arc_easy"} | block},
        "config": {"model": "hf", "model_args": f"pretrained={model}"},
        "versions": {"arc_easy": 1},
        "n-shot": {"arc_easy": 0},
        "model_name": model,
    }


@pytest.mark.parametrize(
    ("table", "file", "model", "acc", "counts"),
    [
        ("a/run.log", "a/results.json", "org/m", 0.70904, False),  # printed from the file beside it
        ("run.log", "a/b/results.json", "org/m", 0.70904, False),  # or below it
        ("logs/run.log", "a/results.json", "org/m", 0.70904, False),  # or elsewhere, of the same model
        ("a/run.log", "a/results.json", "org/m", 0.70912, True),  # 0.7091: another run
        ("a/run.log", "a/results.json", "org/other", 0.70904, True),  # another model
    ],
)
def test_a_table_counts_where_its_results_file_is_not_read(lab, table, file, model, acc, counts):
    lab.put(table, NEW + HEAD + ARC)
    lab.put(file, result(model, acc))
    found = lab.collect()
    assert found.scores["note"].str.contains("printed").any() == counts
    assert (found.census["read"], found.census["skipped"]) == ((2, 0) if counts else (1, 1))


def test_a_nameless_table_is_of_the_file_below_it(lab):
    lab.put("a/table.md", HEAD + ARC)
    lab.put("a/org__m/results.json", result("org/m", 0.70904))
    found = lab.collect()
    assert set(found.scores["model"]) == {"org/m"} and found.census["skipped"] == 1


def test_a_summary_of_several_runs_counts_only_for_what_no_file_holds(lab):
    """As people publish: one text with two decimals, in percent, over a folder of results files."""
    text = "|Task|Version|Metric|Value|   |Stderr|\n|---|---:|---|---:|---|---:|\n"
    rows = "|arc_easy|0|acc|70.90|±|1.44|\n|        | |acc_norm|68.00|±|1.50|\n|boolq|0|acc|77.70|±|0.70|\n"
    lab.put("org__m/README.md", text + rows)
    lab.put("org__m/openllm/arc.json", result("org/m", 0.70904))
    found = lab.collect()
    assert found.scores[["task", "metric", "value", "scale"]].to_numpy().tolist() == [
        ["boolq", "acc", 77.7, "percent"], ["arc_easy", "acc", 0.70904, "unit"], ["arc_easy", "acc_norm", 0.68, "unit"]
    ]  # fmt: skip
