"""What a heading says of benchmark, metric, shots and direction."""

import pytest

from mergekit_eval.readers._benchmarks import error_column, meaning, score_in, single


def test_spellings_of_a_benchmark_are_one_task(look, write, registry):
    out = look(write("t.csv", "Model,MUSR,mmlu pro,Arc_Challenge,stanford-cars\na,0.5,0.4,0.3,0.2\n"))
    today = [registry.lookup("table", row["task_name"], "score").task for row in out.scores]
    assert today == ["musr", "mmlu_pro", "arc_challenge", "stanford_cars"]
    assert registry.lookup("fusion-bench", "stanford-cars", "accuracy").task == "stanford_cars"


@pytest.mark.parametrize(
    ("heading", "task", "metric", "label", "shots", "percent"),
    [
        ("arc_challenge (25-shot)", "arc_challenge", "score", "none", 25, False),
        ("ARC 25-shot", "ARC", "score", "none", 25, False),
        ("MMLU (zero-shot)", "MMLU", "score", "none", 0, False),
        ("gsm8k_5shot", "gsm8k", "score", "none", 5, False),
        ("MMLU (%)", "MMLU", "score", "none", None, True),
        ("hellaswag (acc_norm)", "hellaswag", "acc_norm", "none", None, False),
        ("arc_easy acc_norm", "arc_easy", "acc_norm", "none", None, False),
        ("gsm8k/exact_match,strict-match", "gsm8k", "exact_match", "strict-match", None, False),
        ("wikitext word_perplexity", "wikitext", "word_perplexity", "none", None, False),
        ("wikitext/word_perplexity", "wikitext", "word_perplexity", "none", None, False),
        ("**GSM8K**", "GSM8K", "score", "none", None, False),
    ],
)
def test_what_a_heading_says(registry, heading, task, metric, label, shots, percent):
    found = meaning(heading, registry)
    assert (found.task, found.metric, found.filter, found.shots, found.percent) == (task, metric, label, shots, percent)


@pytest.mark.parametrize("heading", ["Weather", "Average", "Rank", "Params (B)", "5-shot", "", "acc", "few_shots"])
def test_headings_that_are_no_benchmark(registry, heading):
    assert meaning(heading, registry) is None


def test_arrows_give_the_direction(registry):
    assert meaning("MMLU ↑", registry).better is True and meaning("toxigen (↓)", registry).better is False


def test_a_users_scale_without_a_direction_is_refused_with_the_word_that_lacks(lab_like):
    found = lab_like("Model,MMLU,Own\norg/a,60.5,40.5\n", "table: {tasks: {Own: {scale: percent}}}")
    assert set(found.scores["task"]) == {"mmlu"}
    message = found.problems[found.problems["kind"] == "incomplete"]["message"].iloc[0]
    assert "Own" in message and "better: higher" in message
    alone = lab_like("Model,Own\norg/a,40.5\n", "table: {tasks: {Own: {scale: percent}}}")
    assert "better: higher" in alone.problems["message"].iloc[0]
    whole = lab_like("Model,Own\norg/a,0.5\n", "table: {tasks: {Own: {scale: percent, better: higher}}}")
    assert whole.scores[["task", "scale", "value"]].to_numpy().tolist() == [["Own", "percent", 0.5]]


@pytest.fixture
def lab_like(tmp_path):
    """Collect one table with a user's facts."""
    from mergekit_eval.collect.folders import collect
    from mergekit_eval.registry import load_registry

    def collected(table: str, facts: str):
        (tmp_path / "lab").mkdir(exist_ok=True)
        (tmp_path / "lab" / "t.csv").write_text(table)
        (tmp_path / "metrics.yaml").write_text(facts)
        return collect(tmp_path / "lab", workers=1, registry=load_registry(tmp_path / "metrics.yaml"))

    return collected


def test_the_error_of_a_score_stands_in_a_column_of_its_name():
    columns = dict.fromkeys(["mmlu", "mmlu SE", "mmlu_stderr", "gsm8k"])
    assert [error_column(name, columns) for name in columns] == ["mmlu_stderr", None, None, None]


def test_a_cell_is_a_score_or_blank_or_named():
    problems = []
    assert score_in("60.5 ± 0.5", "here", problems) == (60.5, 0.5, False)
    assert score_in("60.5 ± 0.5", "here", problems, "0.4").stderr == 0.4
    assert score_in("n/a", "here", problems) is None and problems == []
    assert score_in("good", "org/a: MMLU", problems) is None
    assert [row["message"] for row in problems] == ["org/a: MMLU = 'good'"]


def test_rows_of_one_measurement_count_once_and_two_values_count_not_at_all():
    problems = []
    rows = [{"model_name": "m", "task_name": task, "metric": "acc", "value": value} for task, value in (
        ("a", 0.5), ("b", 0.1), ("a", 0.5), ("b", 0.2))]  # fmt: skip
    assert single(rows, problems, "add a seed") == rows[:1]
    assert [(row["kind"], row["todo"]) for row in problems] == [("disagreement", "add a seed"), ("repeated", "")]
    assert problems[0]["message"] == "1 measurements have several values: ['m, b, acc']"
