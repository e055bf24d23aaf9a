"""Tables that lm-eval prints: of every age, several in one text, in logs; and beside the JSON of the same run."""

import json
import math

import pytest

from mergekit_eval.collect.folders import collect

HEAD = (
    "|  Tasks  |Version|Filter|n-shot|Metric|   |Value |   |Stderr|\n"
    "|---------|------:|------|-----:|------|---|-----:|---|-----:|\n"
)
NEW = "hf (pretrained=org/m,dtype=bfloat16), gen_kwargs: (None), limit: 100.0, num_fewshot: None, batch_size: 8\n"
MMLU = (
    "|mmlu                |      2|none  |      |acc   |↑  |0.6016|±  |0.0040|\n"
    "| - humanities       |      2|none  |      |acc   |↑  |0.5485|±  |0.0071|\n"
    "|  - formal_logic    |      1|none  |     5|acc   |↑  |0.3492|±  |0.0426|\n"
    "| - social sciences  |      2|none  |      |acc   |↑  |0.6952|±  |0.0081|\n"
    "|  - econometrics    |      1|none  |     5|acc   |↑  |0.4035|±  |0.0462|\n"
)
ARC = (
    "|arc_easy |      1|none  |     0|acc     |↑  |0.7090|±  |0.0144|\n"
    "|         |       |none  |     0|acc_norm|↑  |0.6800|±  |   N/A|\n"
)


def test_every_row_is_read_with_what_the_line_above_says(look, write):
    out = look(write("m.md", NEW + HEAD + ARC + MMLU))
    rows = {(row["task_name"], row["metric"]): row for row in out.scores}
    assert set(rows) == {
        ("arc_easy", "acc"), ("arc_easy", "acc_norm"), ("mmlu", "acc"), ("mmlu_humanities", "acc"),
        ("mmlu_formal_logic", "acc"), ("mmlu_social_sciences", "acc"), ("mmlu_econometrics", "acc"),
    }  # fmt: skip
    row = rows["arc_easy", "acc"]
    assert (row["value"], row["stderr"], row["n_shot"], row["limit"], row["task_version"]) == (
        0.709,
        0.0144,
        0,
        100,
        "1.0",
    )
    assert (row["model"], row["model_from"]) == ("org/m", "model_args.pretrained")
    assert json.loads(row["settings"])["dtype"] == "bfloat16" and row["higher_is_better"] is True
    assert math.isnan(rows["arc_easy", "acc_norm"]["stderr"]) and "rounded" in row["note"]
    kinds = {name: row["kind"] for (name, _), row in rows.items()}
    assert {name for name, kind in kinds.items() if kind == "group"} == {
        "mmlu",
        "mmlu_humanities",
        "mmlu_social_sciences",
    }
    assert rows["mmlu_econometrics", "acc"]["group"] == "mmlu_social_sciences"


def test_a_table_of_groups_repeats_the_groups(look, write):
    groups = HEAD.replace("Tasks ", "Groups") + MMLU.splitlines()[0] + "\n"
    out = look(write("m.md", NEW + HEAD + MMLU + "\n" + groups))
    assert len(out.scores) == 5 and out.problems == ["note"]


def test_several_models_in_one_log(look, write):
    other = NEW.replace("org/m", "org/base")
    log = (
        "2024-01-01 INFO start\n"
        + NEW
        + HEAD
        + ARC
        + "\x1b[32mdone\x1b[0m\n"
        + other
        + HEAD
        + ARC.replace("0.70", "0.50")
    )
    out = look(write("run.log", "noise\n" * 20_000 + log))
    assert {row["model"]: row["value"] for row in out.scores if row["metric"] == "acc"} == {
        "org/m": 0.709,
        "org/base": 0.509,
    }


@pytest.mark.parametrize(
    ("line", "model"),
    [
        (
            "hf ({'pretrained': 'org/m', 'dtype': 'float16'}), gen_kwargs: ({}), limit: None, num_fewshot: 5",
            "org/m",
        ),
        (
            "hf-causal (pretrained=org/m,revision=step1), limit: None, provide_description: False",
            "org/m@step1",
        ),
        (
            "vllm (pretrained=org/m), gen_kwargs: (temperature=0.5,top_p=0.9), limit: None, batch_size: auto (8)",
            "org/m",
        ),
    ],
)
def test_the_line_above_a_table_has_changed_over_time(look, write, line, model):
    out = look(write("m.txt", f"{line}\n{HEAD}{ARC}"))
    assert {row["model"] for row in out.scores} == {model}
    assert all(row["limit"] is None for row in out.scores)


def test_the_table_of_old_versions_has_neither_filter_nor_shots(look, write):
    old = (
        "|  Task  |Version| Metric |Value |   |Stderr|\n|--------|------:|--------|-----:|---|-----:|\n"
        "|boolq   |      1|acc     |0.7700|±  |0.0100|\n"
    )
    row = look(write("m.md", f"hf-causal (pretrained=org/m), limit: None, num_fewshot: 0\n{old}")).scores[0]
    assert (row["metric"], row["filter"], row["value"], row["stderr"]) == ("acc", "none", 0.77, 0.01)


def test_two_values_of_one_model_are_told_apart_and_named(look, write):
    assert "disagreement" in look(write("m.md", NEW + HEAD + ARC + HEAD + ARC.replace("0.70", "0.50"))).problems


def test_a_table_without_a_model_is_named_after_its_file_or_folder(tmp_path, write):
    for name in (
        "merges/ties_k30.md",
        "merges/ties_k60.md",
        "org__m/table.md",
        "merge-x/arc_easy.md",
        "merge-x/mmlu.md",
    ):
        write(name, HEAD + ARC.replace("0.709", f"0.7{len(name)}"))
    found = collect(tmp_path, workers=1).scores
    named = found.groupby("source_file")["model"].first()
    assert set(named) == {"ties_k30", "ties_k60", "org/m", "merge-x"}
    assert found["n"].isna().all()


def test_a_header_without_rows_is_refused(look, write):
    out = look(write("m.md", NEW + HEAD))
    assert out.status == "refused" and "without a row" in out.why


def test_a_card_with_a_recipe_and_a_printed_table_gives_both(tmp_path, write):
    recipe = "```yaml\nmerge_method: linear\nmodels:\n- model: org/a\n- model: org/b\n```\n"
    write("merge-x/README.md", f"---\ntags: [merge]\n---\n{recipe}\n{HEAD}{ARC}")
    found = collect(tmp_path, workers=1)
    assert set(found.scores["merge_method"]) == {"linear"} and set(found.scores["model"]) == {"merge-x"}


@pytest.mark.real_data
def test_printed_tables_of_strangers_row_by_row(real_data, look):
    """Every line is cut by hand; nested names are checked by their number only."""
    paths = sorted(real_data.glob("other-tools/zhy617*/**/benchmark/*.md"))
    assert len(paths) == 7
    for path in paths:
        tasks = path.read_text().split("Groups")[0].splitlines()
        cut = [[cell.strip() for cell in line.split("|")] for line in tasks if line.startswith("|") and "±" in line]
        expected = sorted((cells[5], float(cells[7]), float(cells[9])) for cells in cut)
        out = look(path)
        assert sorted((row["metric"], row["value"], row["stderr"]) for row in out.scores) == expected
        assert len({(row["task_name"], row["metric"]) for row in out.scores}) == len(expected) == 67
        assert {row["task_name"] for row in out.scores if row["kind"] == "group"} == {
            "mmlu", "mmlu_humanities", "mmlu_other", "mmlu_social_sciences", "mmlu_stem"
        }  # fmt: skip
    assert len({row["model"] for path in paths for row in look(path).scores}) == 7
