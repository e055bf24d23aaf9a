"""Model cards: the model-index of their front matter, else tables in their text; and the lineage they tell."""

import pytest

from mergekit_eval.collect.folders import collect

ENTRY = """  - task:
      type: text-generation
      name: Text Generation
    dataset:
      name: {name}
      type: {type}
      args:
        num_few_shot: {shots}
    metrics:
    - type: {metric}
      value: {value}
      name: {metric}
    source:
      url: {url}
      name: Open LLM Leaderboard
"""
BOARD = "https://huggingface.co/spaces/HuggingFaceH4/open_llm_leaderboard?query=org/My-Merge"
RECIPE = (
    "\n```yaml\nmerge_method: slerp\nbase_model: org/a\nslices:\n- sources:\n  - model: org/a\n  - model: org/b\n```\n"
)


def entry(name: str, metric: str, value: object, shots: int = 5, url: str = BOARD) -> str:
    return ENTRY.format(name=name, type="x/y", shots=shots, metric=metric, value=value, url=url)


def card(*entries: str, body: str = "# card\n", tags: str = "[merge, mergekit]") -> str:
    index = f"model-index:\n- name: My-Merge\n  results:\n{''.join(entries)}" if entries else ""
    return f"---\nlicense: mit\ntags: {tags}\nbase_model: [org/a, org/b]\n{index}---\n{body}"


def test_entries_of_the_leaderboard_are_the_leaderboards(tmp_path, write):
    old = [
        entry("AI2 Reasoning Challenge (25-Shot)", "acc_norm", 66.72, 25),
        entry("TruthfulQA (0-shot)", "mc2", 50.4, 0),
        entry("GSM8k (5-shot)", "acc", 0.68),
    ]
    new = [
        entry("IFEval (0-Shot)", "inst_level_strict_acc and prompt_level_strict_acc", 33.36, 0),
        entry("BBH (3-Shot)", "acc_norm", 19.88, 3),
    ]
    write("My-Merge/README.md", card(*old, *new))
    found = collect(tmp_path, workers=1)
    told = found.scores.set_index("task")[["metric", "value", "scale", "n_shot"]].T.to_dict("list")
    assert told == {
        "arc_challenge": ["raw", 66.72, "percent", 25], "truthfulqa_mc2": ["raw", 50.4, "percent", 0],
        "gsm8k": ["raw", 0.68, "percent", 5], "leaderboard_ifeval": ["normalized", 33.36, "percent", 0],
        "leaderboard_bbh": ["normalized", 19.88, "percent", 3],
    }  # fmt: skip
    assert set(found.scores["tool"]) == {"open-llm-leaderboard"} and set(found.scores["model"]) == {"org/My-Merge"}
    assert found.scores["primary"].all() and list(found.problems["kind"]) == ["lineage"]  # a merge of unknown parents


def test_a_card_gives_its_scores_and_its_lineage(tmp_path, write):
    write("My-Merge/README.md", card(entry("HellaSwag (10-Shot)", "acc_norm", 85.0, 10), body=RECIPE))
    found = collect(tmp_path, workers=1)
    assert (found.census["read"], found.census["skipped"]) == (1, 0)
    assert found.lineage[["merge", "method", "parents"]].to_numpy().tolist() == [
        ["org/My-Merge", "slerp", ("org/a", "org/b")]
    ]


def test_a_card_without_scores_is_the_recipe_it_was(look, write):
    for text in (card(body=RECIPE), card("  []\n").replace("  results:\n  []", "  results: []")):
        out = look(write("m/README.md", text))
        assert (out.status, out.reader) == ("skipped", "merge recipe")


def test_scores_of_the_author_keep_their_metric_and_scale(tmp_path, write):
    own = [
        entry("Acme Bench", "accuracy", 0.9, url="https://x.y"),
        entry("wikitext", "perplexity", 7.5, url="https://x.y"),
        entry("MMLU (5-shot)", "acc", "'65.3 ± 0.4'", url="https://x.y"),
        entry("Odd", "f1", "n/a", url="https://x.y"),
    ]
    write("m/README.md", card(*own))
    found = collect(tmp_path, workers=1)
    rows = found.scores.set_index("task")
    assert rows.loc["mmlu", ["value", "stderr", "scale", "n_shot"]].to_list() == [65.3, 0.4, "percent", 5]
    assert rows.loc["wikitext", ["scale", "higher_is_better"]].to_list() == ["natural", False]
    assert rows.loc["Acme Bench", "scale"] == "natural"  # 0.9 beside a percentage: in doubt
    assert set(rows["tool"]) == {"model card"} and set(rows["model"]) == {"My-Merge"} and len(rows) == 3


def test_tables_of_a_card_count_where_it_has_no_index(tmp_path, write):
    table = "\n| Metric | Value |\n|---|---:|\n| Avg. | 55.0 |\n| ARC (25-shot) | 64.08 |\n| GSM8K (5-shot) | 16.98 |\n"
    write("My-Merge/README.md", card(body=RECIPE + table))
    found = collect(tmp_path, workers=1)
    assert found.scores[["model", "task", "value"]].to_numpy().tolist() == [
        ["My-Merge", "arc_challenge", 64.08], ["My-Merge", "gsm8k", 16.98]
    ]  # fmt: skip
    assert set(found.scores["merge_method"]) == {"slerp"}
    both = card(entry("HellaSwag (10-Shot)", "acc_norm", 85.0, 10), body=table)
    write("Other/README.md", both)
    again = collect(tmp_path / "Other", workers=1)
    assert set(again.scores["task"]) == {"hellaswag"} and again.problems["message"].str.contains("not read").any()


def test_one_measurement_with_two_values_is_left_out(look, write):
    out = look(
        write("m/README.md", card(entry("BBH", "acc", 1.5), entry("BBH", "acc", 2.5), entry("GPQA", "acc", 3.5)))
    )
    assert [row["task_name"] for row in out.scores] == ["GPQA"] and "disagreement" in out.problems


@pytest.mark.parametrize(
    "matter",
    ["model-index: 3", "model-index: [3, {results: x}]", "model-index: [{results: [{metrics: [{value: 1}]}]}]"],
)
def test_hostile_front_matter_ends_with_a_reason(look, write, matter):
    out = look(write("m/README.md", f"---\n{matter}\n---\n# x\n"))
    assert out.status in ("unread", "refused", "read") and not out.scores
