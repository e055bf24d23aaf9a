"""The scale of a score is decided by its own file: values, percent signs, standard errors; doubt is named."""

import pytest

from mergekit_eval.compare.comparability_rules import comparable
from mergekit_eval.registry import load_registry


def scale_of(collection, model: str, **where: str) -> str:
    rows = collection.scores[collection.scores["model"] == model]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, rows.to_string()
    return rows["scale"].iloc[0]


def with_facts(tmp_path, text: str):
    mine = tmp_path / "metrics.yaml"
    mine.write_text(text)
    return load_registry(mine)


def test_a_percentage_in_one_file_does_not_rescale_another(lab, shapes, one_score):
    lab.put("a/r.json", shapes.flat("org/a", {"arc_easy": {"acc": 0.551, "acc_stderr": 0.0145}}))
    lab.put("b/r.json", shapes.flat("org/b", {"arc_easy": {"acc": 50.2}}))
    found = lab.collect()
    a, b = one_score(found, model="org/a"), one_score(found, model="org/b")
    assert (a.scale, a.value, a.chance) == ("unit", 0.551, 0.25)
    assert (b.scale, b.value, b.chance) == ("percent", 50.2, 25)
    assert [one.level for one in comparable(a, b) if one.rule == "scale"] == []


def test_a_share_alone_stays_one_whatever_other_files_hold(lab, shapes):
    for model, value in (("a", 0.7), ("b", 63.0)):
        lab.put(f"{model}/r.json", shapes.flat(model, {"zork": {"f1": value}}))
    found = lab.collect()
    assert (scale_of(found, "a"), scale_of(found, "b")) == ("unit", "percent")
    assert found.problems["kind"].to_list() == ["note"]


@pytest.mark.parametrize(
    ("value", "error", "n", "scale"),
    [(0.551, 0.0145, 1172, "unit"), (0.551, 0.2163, 1172, "percent"), (0.9, 0.1, 10, "unit")],
)
def test_a_standard_error_that_fits_n_says_which_scale_a_small_value_is_on(lab, shapes, value, error, n, scale):
    """sqrt(0.00551 * 0.99449 / 1171) = 0.002163, so 0.2163 in percent; sqrt(0.9 * 0.1 / 9) = 0.1."""
    lab.put("r.json", shapes.today("m", {"zork": {"acc,none": value, "acc_stderr,none": error}}, n=n))
    assert scale_of(lab.collect(), "m") == scale


def test_a_column_of_shares_among_percentages_is_doubtful_and_in_no_comparison(lab):
    lab.put("t.csv", "Model,MMLU,GSM8K,HellaSwag\norg/a,25.3,0.83,60.1\norg/b,27.1,0.79,61.5\n")
    found = lab.collect()
    rows = found.scores.set_index(["model", "task"])
    assert rows.loc[("org/a", "gsm8k"), "scale"] == "natural"
    assert rows.loc[("org/a", "mmlu"), "scale"] == rows.loc[("org/a", "hellaswag"), "scale"] == "percent"
    assert rows["primary"].to_dict()[("org/a", "gsm8k")] is False
    assert rows.loc[("org/a", "gsm8k"), "value"] == 0.83 and "doubt" in rows.loc[("org/a", "gsm8k"), "note"]
    problem = found.problems[found.problems["kind"] == "scale"].iloc[0]
    assert "gsm8k" in problem["message"] and "0.83" in problem["message"] and "metrics.yaml" in problem["todo"]


@pytest.mark.parametrize("scale", ["percent", "unit"])
@pytest.mark.parametrize("level", ["metrics: {score: {scale: %s}}", "tasks: {GSM8K: {scale: %s}}"])
def test_the_scale_a_user_states_ends_the_doubt(lab, tmp_path, scale, level):
    lab.put(
        "t.csv", "Model,MMLU,GSM8K\norg/a,0.3,0.83\n" if "metrics" in level else "Model,MMLU,GSM8K\norg/a,25.3,0.83\n"
    )
    found = lab.collect(registry=with_facts(tmp_path, f"table: {{{level % scale}}}"))
    assert scale_of(found, "org/a", task="gsm8k") == scale
    assert not len(found.problems)


@pytest.mark.parametrize(
    ("stated", "value", "word"), [("unit", 50.2, "percent"), ("percent", 250.0, "natural"), ("unit", -0.3, "natural")]
)
def test_a_stated_scale_that_the_values_exclude_is_refused_with_the_word_to_write(
    lab, shapes, tmp_path, stated, value, word
):
    lab.put("r.json", shapes.flat("m", {"zork": {"acc": value, "acc_stderr": 0.01}}))
    found = lab.collect(registry=with_facts(tmp_path, f"lm-eval: {{tasks: {{zork: {{scale: {stated}}}}}}}"))
    problem = found.problems[found.problems["kind"] == "disagreement"].iloc[0]
    assert f"stated {stated}" in problem["message"] and f"scale: {word}" in problem["message"]
    assert scale_of(found, "m") == "natural"


def test_a_bleu_below_one_is_not_a_hundredth_of_a_percentage(lab, shapes, one_score):
    lab.put("a/r.json", shapes.flat("a", {"wmt": {"bleu": 0.55, "bleu_stderr": 0.01}}))
    lab.put("b/r.json", shapes.flat("b", {"wmt": {"bleu": 27.5, "bleu_stderr": 0.4}}))
    lab.put("c/r.json", shapes.flat("c", {"wmt": {"bleu": 0.55, "chrf": 12.0, "chrf_stderr": 0.1}}))
    lab.put("d/r.json", shapes.flat("d", {"wmt": {"bleu": 0.0, "bleu_stderr": 0.0}}))
    found = lab.collect()
    scales = {model: scale_of(found, model, metric="bleu") for model in "abcd"}
    assert scales == {"a": "natural", "b": "percent", "c": "percent", "d": "percent"}
    assert not one_score(found, model="a").primary
    problems = found.problems[found.problems["kind"] == "scale"]
    assert len(problems) == 1 and "wmt, bleu: up to 0.55" in problems["message"].iloc[0]


@pytest.mark.parametrize(("metric", "value"), [("acc", 250.0), ("acc", -0.5), ("bleu", 300.0), ("chrf", -2.0)])
def test_values_that_a_fact_does_not_allow_are_named_and_not_rescaled(lab, shapes, metric, value):
    lab.put("r.json", shapes.flat("m", {"zork": {metric: value, f"{metric}_stderr": 0.1}}))
    found = lab.collect()
    assert scale_of(found, "m") == "natural"
    assert "disagreement" in set(found.problems["kind"])


def test_one_program_writes_one_metric_on_one_scale(lab, shapes):
    share, error = 738 / 1267, (738 / 1267 * 529 / 1267 / 1266) ** 0.5
    results = {"one": {"acc": 50.2}, "two": {"acc": 0.83}, "three": {"acc": share, "acc_stderr": error, "f1": 0.6}}
    lab.put("r.json", shapes.flat("m", results))
    found = lab.collect()
    assert scale_of(found, "m", task="two") == "natural"
    # 738 of 1,267 right: whole numbers on 0-1 only
    assert scale_of(found, "m", task="three", metric="acc") == "unit"
    assert scale_of(found, "m", task="three", metric="f1") == "unit"


def test_a_row_of_shares_among_rows_of_percentages_is_doubtful(lab):
    lab.put("t.csv", "Model,MMLU,GSM8K,BBH\norg/a,65.0,50.0,40.0\norg/b,0.66,0.51,0.42\norg/c,0.9,55.0,44.0\n")
    found = lab.collect()
    scales = found.scores.groupby("model")["scale"].unique().map(list).to_dict()
    assert scales == {"org/a": ["percent"], "org/b": ["natural"], "org/c": ["percent"]}
    assert "org/b" in found.problems[found.problems["kind"] == "scale"]["message"].iloc[0]


def test_percent_signs_decide_where_values_cannot(lab):
    lab.put("t.csv", "Model,MMLU,GSM8K\norg/a,0.9%,0.83\n")
    found = lab.collect()
    assert scale_of(found, "org/a", task="mmlu") == "percent"
    assert scale_of(found, "org/a", task="gsm8k") == "natural"


def test_a_group_is_not_recomputed_from_leaves_on_two_scales(lab, shapes):
    document = shapes.today("m", {"g": {"acc,none": 30.0}, "a": {"acc,none": 0.5}, "b": {"acc,none": 59.5}})
    document["group_subtasks"] = {"g": ["a", "b"]}
    lab.put("r.json", document)
    assert "recomputed" not in set(lab.collect().scores["kind"])


def test_n_is_recovered_from_a_percentage_and_its_error(lab, shapes, one_score):
    """p = 0.5, n = 101: se = sqrt(0.25 / 100) = 0.05; 101 * 0.5 is no whole number, so 102 items with 51 right."""
    lab.put("r.json", shapes.flat("m", {"zork": {"acc": 50.0, "acc_stderr": 100 * (0.25 / 101) ** 0.5}}))
    row = one_score(lab.collect())
    assert (row.scale, row.n, row.n_from) == ("percent", 102, "recovered")


def test_two_tables_of_one_text_are_on_scales_of_their_own(lab):
    one = "| Model | MMLU | GSM8K |\n|---|---|---|\n| org/a | 65.1 | 50.2 |\n"
    two = "| Model | MMLU | BBH |\n|---|---|---|\n| org/b | 0.66 | 0.44 |\n| org/a | 0.65 | 0.41 |\n"
    lab.put("notes.md", f"{one}\ntext\n\n{two}")
    found = lab.collect()
    scales = found.scores.set_index(["model", "task", "value"])["scale"].to_dict()
    assert scales == {
        ("org/a", "mmlu", 65.1): "percent", ("org/a", "gsm8k", 50.2): "percent", ("org/b", "mmlu", 0.66): "unit",
        ("org/b", "bbh", 0.44): "unit", ("org/a", "mmlu", 0.65): "unit", ("org/a", "bbh", 0.41): "unit",
    }  # fmt: skip
    twice = found.scores[(found.scores["model"] == "org/a") & (found.scores["task"] == "mmlu")]
    assert set(twice["condition"]) == {"table 1", "table 2"} and "disagreement" in set(found.problems["kind"])


def test_rounded_errors_prove_nothing(lab, shapes):
    """0.0045 * 0.9955 / 0.0003^2 = 49,775 is whole by chance, so that 0.45 could be 0.45 % of 49,776 items."""
    lab.put("r.json", shapes.flat("m", {"zork": {"acc": 0.45, "acc_stderr": 0.03}}))
    found = lab.collect()
    assert scale_of(found, "m") == "unit" and found.scores["n"].isna().all()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("turned.csv", "task,org/a\nmmlu,25.3\ngsm8k,0.83\n"),
        ("long.csv", "model,task,metric,value\norg/a,mmlu,acc,25.3\norg/a,gsm8k,exact_match,0.83\n"),
        ("t.md", "| Model | MMLU | GSM8K |\n|---|---|---|\n| org/a | 25.3 | 0.83 |\n"),
        ("t.yaml", "- model: org/a\n  mmlu: 25.3\n  gsm8k: 0.83\n"),
        ("r.json", {"results": {"mmlu": {"acc": 25.3}, "gsm8k": {"exact_match": 0.83}}, "versions": {"mmlu": 1}}),
    ],
)
def test_the_doubt_is_the_same_in_every_kind_of_file(lab, name, content):
    lab.put(name, content)
    found = lab.collect()
    assert found.scores.set_index("task")["scale"].to_dict() == {"mmlu": "percent", "gsm8k": "natural"}
    assert not found.scores.set_index("task")["primary"]["gsm8k"] and "scale" in set(found.problems["kind"])


def test_a_scale_stated_under_another_tool_is_named(lab, tmp_path):
    lab.put("t.csv", "Model,MMLU,GSM8K\norg/a,25.3,0.83\n")
    found = lab.collect(registry=with_facts(tmp_path, "lm-eval: {tasks: {gsm8k: {scale: percent}}}"))
    assert scale_of(found, "org/a", task="gsm8k") == "natural"
    told = found.problems[found.problems["message"].str.contains("under lm-eval")].iloc[0]
    assert told["todo"] == "state them under table"
