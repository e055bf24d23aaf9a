"""`.eval_results/*.yaml` of the hub: entries of data sets with values; the model is the repository's."""

import pytest

from mergekit_eval.collect.folders import collect

FULL = """- dataset:
    id: cais/hle
    task_id: default
    revision: 5503434ddd753f426f4b38109466949a1217c2bb
  value: 20.90
  date: "2025-01-15"
  source:
    url: https://example.org/x
    name: traces
  notes: "no-tools"
- dataset: {id: Idavidrein/gpqa, task_id: gpqa_diamond}
  value: 41.2
"""


def test_entries_are_scores_of_the_repository(tmp_path, write, one_row):
    write("org__merge/.eval_results/all.yaml", FULL)
    found = collect(tmp_path, workers=1)
    hle, gpqa = one_row(found, task="hle"), one_row(found, task="gpqa_diamond")
    assert (hle.model, hle.value, hle.scale, hle.higher_is_better) == ("org/merge", 20.9, "percent", True)
    assert hle.task_version == "5503434ddd75" and '"notes":"no-tools"' in hle.settings and hle.date == 1736899200
    assert (gpqa.value, gpqa.tool, gpqa.primary) == (41.2, "hf-eval-results", True)


def test_the_collected_folder_may_be_the_repository(tmp_path, write):
    write("my-merge/.eval_results/hle.yaml", "- dataset: {id: cais/hle, task_id: hle}\n  value: 0.209\n")
    found = collect(tmp_path / "my-merge", workers=1).scores
    assert found[["model", "scale", "value"]].to_numpy().tolist() == [["my-merge", "unit", 0.209]]


@pytest.fixture
def one_row():
    def found(collection, task):
        rows = collection.scores[collection.scores["task"] == task]
        assert len(rows) == 1
        return rows.iloc[0]

    return found


def test_shares_beside_percentages_are_doubtful(tmp_path, write):
    write("m/.eval_results/a.yaml", FULL.replace("41.2", "0.412"))
    found = collect(tmp_path, workers=1)
    assert found.scores.set_index("task")["scale"].to_dict() == {"hle": "percent", "gpqa_diamond": "natural"}
    assert "scale" in set(found.problems["kind"])


def test_older_spelling_unknown_benchmarks_and_broken_entries(look, write):
    text = (
        "# results\n- dataset: {id: Idavidrein/gpqa, config: gpqa_diamond}\n  value: 0.412\n"
        "- dataset: {id: org/own-bench}\n  value: 65.3%\n- dataset: {id: x/y}\n  value: soon\n- 3\n"
    )
    out = look(write("m/.eval_results/a.yaml", text))
    assert {row["task_name"]: (row["value"], row.get("higher_is_better"), row["scale"]) for row in out.scores} == {
        "gpqa_diamond": (0.412, True, "rate"), "own-bench": (65.3, None, "percent")
    }  # fmt: skip
    assert out.problems == ["bad-value", "bad-value"]


def test_notes_keep_runs_apart_and_one_entry_with_two_values_is_left_out(look, write):
    entry = "- dataset: {{id: cais/hle, task_id: hle}}\n  value: {}\n  notes: {}\n"
    out = look(write("m/.eval_results/a.yaml", entry.format(20, "tools") + entry.format(10, "no-tools")))
    assert len(out.scores) == 2 and not out.problems
    assert (
        look(write("m/.eval_results/b.yaml", entry.format(20, "tools") + entry.format(10, "tools"))).status == "refused"
    )


def test_other_lists_are_not_claimed_and_no_tag_is_run(look, write):
    assert look(write("a.yaml", "- name: x\n  value: 3\n")).status == "unread"
    assert (
        look(write("b.yaml", "- dataset: {id: a/b}\n  value: !!python/object/apply:os.system ['true']\n")).status
        != "read"
    )


@pytest.mark.parametrize("levels", [3, 9])
def test_documents_of_aliases_are_not_expanded(look, write, levels):
    lines = ["a0: &a0 [{dataset: {id: a/b}, value: 1}]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 30)}]" for at in range(1, levels)]
    merged = [f"b{at}: &b{at} {{<<: [{', '.join([f'*b{at - 1}'] * 30)}]}}" for at in range(1, levels)]
    assert look(write("a.yaml", "\n".join(lines) + "\n")).status == "unread"
    assert look(write("b.yaml", "b0: &b0 {x: 1}\n" + "\n".join(merged) + "\n")).status == "unread"
    assert (
        look(write("m/README.md", "---\n" + "\n".join(lines) + f"\nmodel-index: *a{levels - 1}\n---\n")).status
        == "unread"
    )
