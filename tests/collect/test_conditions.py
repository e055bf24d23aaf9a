"""Runs of one model that differ in settings or in how a task was defined, and the labels a study can name."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from mergekit_eval.compare.comparability_rules import comparable
from mergekit_eval.compare.item_index import Evidence
from mergekit_eval.opening import with_roles

PROMPTS = {"a": ("{{question}}", 0.5), "b": ("Q: {{question}}\nA:", 0.44), "c": ("Answer: {{question}}", 0.2)}
STAMP = "2025-01-02T03-04-05.000001"


def defined(shapes, prompt: str, value: float, model: str = "m", **more) -> dict:
    entry = {"task": "boolq", "dataset_path": "boolq", "doc_to_text": prompt, "output_type": "multiple_choice"}
    configs = {"boolq": entry | more.pop("entry", {})}
    return shapes.today(model, {"boolq": {"acc,none": value}}, configs=configs, **more)


def study(**ids: tuple[str, ...]):
    """Return what identity needs of a study: name -> ids."""
    models = {name: SimpleNamespace(ids=mine) for name, mine in ids.items()}
    return SimpleNamespace(
        folder=Path("/data"), models=models, merges={}, names=lambda: list(models),
        model_path=lambda name: f"hub/{name}", role=lambda name: "parent" if name in models else "",
    )  # fmt: skip


def test_three_prompts_of_one_task_are_three_rows_however_new_each_run_is(lab, shapes):
    for date, (name, (prompt, value)) in enumerate(PROMPTS.items()):
        lab.put(f"{name}.json", defined(shapes, prompt, value, date=float(date)))
    found = lab.collect()
    rows = found.scores.set_index("value")
    assert sorted(rows.index) == [0.2, 0.44, 0.5] and set(rows["model"]) == {"m"}
    assert rows["task_definition"].nunique() == rows["condition"].nunique() == 3
    assert json.loads(rows.loc[0.44, "difference"]) == {"doc_to_text": "Q: {{question}}\nA:"}
    told = found.problems[found.problems["kind"] == "identity"].iloc[0]
    assert "3 definitions of boolq" in told["message"] and "doc_to_text=" in told["message"]


@pytest.mark.parametrize(
    "entry",
    [
        {"doc_to_target": "label"},
        {"doc_to_choice": ["no", "yes"]},
        {"validation_split": "validation"},
        {"dataset_name": "other"},
        {"generation_kwargs": {"max_gen_toks": 16}},
        {"filter_list": [{"name": "none", "filter": [{"function": "take_first"}]}]},
        {"metric_list": [{"metric": "acc", "ignore_case": True}]},
        {"description": "Answer."},
        {"fewshot_config": {"sampler": "first_n"}},
        {"dataset_kwargs": {"revision": "abc"}},
    ],
)
def test_every_part_of_a_definition_is_a_setting(lab, shapes, entry):
    lab.put("a.json", defined(shapes, "q", 0.5, date=1.0))
    lab.put("b.json", defined(shapes, "q", 0.6, date=2.0, entry=entry))
    assert sorted(lab.collect().scores["value"]) == [0.5, 0.6]


def test_groups_of_differently_defined_leaves_stay_apart_too(lab, shapes):
    for date, (name, (prompt, value)) in enumerate(PROMPTS.items()):
        results = {"g": {"acc,none": value}, "x": {"acc,none": value}, "y": {"acc,none": value}}
        configs = {task: {"doc_to_text": prompt, "output_type": "multiple_choice"} for task in "xy"}
        more = {"group_subtasks": {"g": ["x", "y"], "x": [], "y": []}, "configs": configs}
        lab.put(f"{name}.json", shapes.today("m", results, date=float(date), **more))
    scores = lab.collect().scores
    assert sorted(scores.loc[scores["kind"] == "group", "value"]) == [0.2, 0.44, 0.5]
    assert (scores["kind"] == "recomputed").sum() == 6


def test_hashes_of_the_items_count_where_limit_and_template_are_equal(lab, shapes):
    def hashed(value: float, mark: str, **more) -> dict:
        return shapes.today("m", {"boolq": {"acc,none": value}}, task_hashes={"boolq": mark}, **more)

    lab.put("a.json", hashed(0.5, "a" * 64, date=1.0))
    lab.put("b.json", hashed(0.6, "b" * 64, date=2.0))
    lab.put("c.json", hashed(0.7, "a" * 64, date=3.0))
    found = lab.collect().scores
    assert sorted(found["value"]) == [0.6, 0.7] and set(found["condition"]) == {"task_hash=" + c * 12 for c in "ab"}
    lab.put("b.json", hashed(0.6, "b" * 64, date=2.0, config={"limit": 10}))
    assert set(lab.collect().scores["condition"]) == {""}


def test_a_run_without_a_definition_is_of_the_only_one_there_is(lab, shapes, one_score):
    lab.put("a.json", defined(shapes, "q", 0.5, date=1.0))
    lab.put("b.json", shapes.today("m", {"boolq": {"acc,none": 0.6}}, date=2.0))
    assert one_score(lab.collect())["value"] == 0.6


def test_definitions_of_two_models_are_a_label_and_items_pair_by_document():
    row = {"tool": "lm-eval", "task": "boolq", "metric": "acc", "filter": "none", "scale": "unit"}
    found = comparable(row | {"task_definition": "aa"}, row | {"task_definition": "bb"})
    assert [(one.rule, one.level) for one in found] == [("task definition", "label")]
    assert not comparable(row | {"task_definition": "aa"}, row)
    assert comparable(row | {"task_hash": "aa"}, row | {"task_hash": "bb"})[0].level == "label"
    other = {"task_hash": "bb", "chat_template": "x"}
    assert [one.rule for one in comparable(row | {"task_hash": "aa"}, row | other)] == ["chat template"]


def test_a_message_shows_of_long_settings_what_differs():
    row = {"tool": "lm-eval", "task": "boolq", "metric": "acc", "filter": "none", "scale": "unit"}
    one, other = ({"settings": json.dumps({"dtype": dtype, "long": "x" * 4000})} for dtype in ("float16", "auto"))
    assert comparable(row | one, row | other)[0].message == "different settings: dtype=float16 against dtype=auto"


def two_dtypes(lab, shapes) -> None:
    for date, dtype in enumerate(("float16", "bfloat16")):
        args = f"pretrained=org/m,dtype={dtype}"
        lab.put(f"{dtype}.json", shapes.today("org/m", {"boolq": {"acc,none": 0.5}}, args=args, date=float(date)))


def test_a_label_that_collect_prints_names_a_model_of_a_study(lab, shapes):
    two_dtypes(lab, shapes)
    plain = lab.collect()
    assert set(plain.scores["model"]) == {"org/m [dtype=float16]", "org/m [dtype=bfloat16]"}
    line = plain.problems.iloc[0]["todo"]
    assert 'ids: ["org/m [dtype=bfloat16]"]' in line
    plan = study(half=("org/m [dtype=float16]",))
    for found in (lab.collect(study=plan), with_roles(plain, plan)):
        assert set(found.scores["model"]) == {"half", "org/m [dtype=bfloat16]"}
        assert set(found.scores.loc[found.scores["model"] == "half", "role"]) == {"parent"}


def test_a_label_counts_before_the_name_it_is_made_of(lab, shapes):
    two_dtypes(lab, shapes)
    found = lab.collect(study=study(m=("org/m",), half=("org/m [dtype=float16]",))).scores
    assert set(zip(found["model"], found["condition"], strict=True)) == {
        ("m", "dtype=bfloat16"), ("half", "dtype=float16")
    }  # fmt: skip


def test_items_of_a_named_condition_belong_to_its_model(lab, shapes):
    two_dtypes(lab, shapes)
    args = "pretrained=org/m,dtype=float16"
    lab.put(f"run/results_{STAMP}.json", shapes.today("org/m", {"rte": {"acc,none": 0.5}}, args=args))
    lab.put(f"run/samples_rte_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0]))
    assert set(lab.collect(study=study(half=("org/m [dtype=float16]",))).items["model"]) == {"half"}


def test_a_label_of_tables_that_were_collected_with_a_study_names_a_model_too(lab, shapes):
    two_dtypes(lab, shapes)
    args = "pretrained=org/m,dtype=float16"
    lab.put(f"run/results_{STAMP}.json", shapes.today("org/m", {"rte": {"acc,none": 0.5}}, args=args))
    lab.put(f"run/samples_rte_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0]))
    found = with_roles(lab.collect(study=study(m=("org/m",))), study(m=("org/m",), half=("m [dtype=float16]",)))
    half = found.scores[found.scores["model"] == "half"]
    assert set(half["condition"]) == {"dtype=float16"} and set(half["role"]) == {"parent"}
    assert set(found.items["model"]) == {"half"}


def test_the_label_of_a_definition_names_a_model(lab, shapes):
    for date, (name, (prompt, value)) in enumerate(PROMPTS.items()):
        lab.put(f"{name}.json", defined(shapes, prompt, value, date=float(date)))
    plain = lab.collect()
    label = plain.scores.set_index("value").loc[0.2, "condition"]
    assert all("ids: [" in todo for todo in plain.problems["todo"])
    plan = study(answering=(f"m [{label}]",))
    for found in (lab.collect(study=plan), with_roles(plain, plan)):
        assert found.scores.set_index("value")["model"].to_dict() == {0.5: "m", 0.44: "m", 0.2: "answering"}


def itemed(lab, shapes, model: str, prompts: str, items: list[int]) -> None:
    """Put runs of one model under some of the prompts, each with the same items."""
    for date, name in enumerate(prompts):
        stamp = f"2025-01-0{date + 1}T00-00-00.000001"
        document = defined(shapes, PROMPTS[name][0], sum(items) / len(items), model, date=float(date))
        lab.put(f"{model}/{name}/results_{stamp}.json", document)
        lab.put(f"{model}/{name}/samples_boolq_{stamp}.jsonl", shapes.rows(items))


def test_two_models_under_two_prompts_are_compared_on_their_documents_with_a_label(lab, shapes):
    itemed(lab, shapes, "merge", "a", [1, 1, 1, 0])
    itemed(lab, shapes, "parent", "b", [1, 0, 0, 0])
    evidence = Evidence(lab.collect())
    merge, parent = (evidence.by_model[name]["boolq"] for name in ("merge", "parent"))
    assert evidence.pair(merge, parent).matched == 4
    said = [(one.rule, one.level) for one in comparable(merge._asdict(), parent._asdict())]
    assert said == [("task definition", "label")]


def test_of_two_definitions_of_one_model_each_is_compared_with_its_own(lab, shapes):
    itemed(lab, shapes, "merge", "ab", [1, 1, 1, 0])
    itemed(lab, shapes, "parent", "b", [1, 0, 0, 0])
    evidence = Evidence(lab.collect())
    assert set(evidence.by_model["merge"]) == {"boolq [definition=1]", "boolq [definition=2]"}
    assert set(evidence.by_model["parent"]) == {"boolq [definition=2]"}
