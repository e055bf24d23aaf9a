"""One table in every kind of file that people write it in."""

import json

import pytest

from mergekit_eval.readers._grids import first_rows, grids, is_index
from mergekit_eval.readers._head import Head


def values(out) -> dict:
    return {(row["model_name"], row["task_name"]): row["value"] for row in out.scores}


@pytest.mark.parametrize("ending", ["json", "jsonl", "yml", "yaml", "md", "csv", "tsv"])
def test_every_kind_of_file_gives_the_same_rows(look, write, ending):
    rows = [{"model": "org/a", "MMLU": 60.5, "GSM8K": 40.5}, {"model": "org/b", "MMLU": 61.5, "GSM8K": None}]
    cells = [list(rows[0]), *([str(cell) if cell is not None else "" for cell in row.values()] for row in rows)]
    mark = {"csv": ",", "tsv": "\t", "md": " | "}.get(ending, "")
    content = {
        "json": rows,
        "jsonl": rows,
        "yml": "".join(f"- model: {r['model']}\n  MMLU: {r['MMLU']}\n  GSM8K: {r['GSM8K'] or '~'}\n" for r in rows),
        "yaml": "leaderboard:\n" + "".join(f"  - {json.dumps(row)}\n" for row in rows),
    }.get(ending)
    if content is None:
        lines = [mark.join(line) for line in cells]
        lines = [f"| {line} |" for line in lines] if ending == "md" else lines
        content = "\n".join([lines[0], *(["|---|---|---|"] if ending == "md" else []), *lines[1:]]) + "\n"
    out = look(write(f"board.{ending}", content))
    assert (out.reader, values(out)) == (
        "model-table", {("org/a", "MMLU"): 60.5, ("org/a", "GSM8K"): 40.5, ("org/b", "MMLU"): 61.5}
    )  # fmt: skip
    assert "incomplete" in out.problems


@pytest.mark.parametrize(
    "document",
    [
        {"org/a": {"mmlu": 60.5, "gsm8k": 40.5}, "org/b": {"mmlu": 61.5, "gsm8k": 41.5}},
        {"mmlu": {"org/a": 60.5, "org/b": 61.5}, "gsm8k": {"org/a": 40.5, "org/b": 41.5}},
    ],
)
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_mapping_of_mappings_is_a_table(look, write, document, ending):
    lines = (
        f"{name}:\n" + "".join(f"  {key}: {value}\n" for key, value in block.items())
        for name, block in document.items()
    )
    out = look(write(f"t.{ending}", document if ending == "json" else "".join(lines)))
    assert values(out) == {
        ("org/a", "mmlu"): 60.5, ("org/a", "gsm8k"): 40.5, ("org/b", "mmlu"): 61.5, ("org/b", "gsm8k"): 41.5
    }  # fmt: skip


def test_several_tables_of_one_text_are_all_read(look, write):
    one = "| Model | MMLU |\n|---|---|\n| org/a | 60.5 |\n"
    two = "| | org/b |\n|---|---|\n| GSM8K | 40.5 |\n"
    odd = "| Model | MMLU | MMLU |\n|---|---|---|\n| org/c | 1.5 | 2.5 |\n"
    out = look(write("t.md", f"# x\n\n{one}\ntext\n\n```\n{two}```\n\n{odd}"))
    assert values(out) == {("org/a", "MMLU"): 60.5, ("org/b", "GSM8K"): 40.5}
    assert "disagreement" in out.problems


def test_columns_that_only_count_the_rows():
    assert all(map(is_index, ["", "Unnamed: 0", " Index ", "level_0"]))
    assert not any(map(is_index, ["id", "Rank", "model"]))


def test_a_document_of_other_things_is_no_table(write):
    problems = []
    for content in ({"a": 1, "b": {"c": [1]}}, {}, {"models": [], "x": {"y": {}}}):
        assert grids(Head(write("x.json", content)), problems) == []
    (listed,) = grids(Head(write("y.json", {"by": "x", "models": [{"model": "m", "acc": 1, "more": [2]}]})), problems)
    assert listed == (["model", "acc", "more"], [(0, {"model": "m", "acc": "1", "more": ""})])
    assert first_rows(Head(write("y.json", {"by": "x", "models": [{"model": "m"}]}))) == [
        (["model"], [(0, {"model": "m"})])
    ]
