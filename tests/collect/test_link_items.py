"""Items find their score row: by the stamp, the name or the values; what is doubtful is named, never guessed."""

import pytest

STAMP = "2025-01-02T03-04-05.000001"
LATER = "2025-02-02T03-04-05.000001"


def kinds(collection) -> set[str]:
    return set(collection.problems["kind"])


def test_filters_without_a_name_are_told_apart_by_their_order(lab, shapes):
    block = {"exact_match,strict-match": 0.25, "exact_match,flexible-extract": 0.75}
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"gsm8k": block}))
    rows = shapes.rows([1, 0, 0, 0], "exact_match", None) + shapes.rows([1, 1, 1, 0], "exact_match", None)
    lab.put(f"m/samples_gsm8k_{STAMP}.jsonl", rows)
    found = lab.collect()
    assert found.items.groupby("filter")["value"].mean().to_dict() == {"strict-match": 0.25, "flexible-extract": 0.75}


def test_two_models_in_one_folder_samples_belong_by_stamp(lab, shapes):
    for stamp, model, value in ((STAMP, "a", 1), (LATER, "b", 0)):
        lab.put(f"out/r_{stamp}.json", shapes.today(model, {"boolq": {"acc,none": float(value)}}))
        lab.put(f"out/samples_boolq_{stamp}.jsonl", shapes.rows([value] * 4))
    means = lab.collect().items.groupby("model")["value"].mean().to_dict()
    assert means == {"a": 1.0, "b": 0.0}


def test_two_models_in_one_folder_without_stamps_are_not_guessed(lab, shapes):
    for model in "ab":
        lab.put(f"out/{model}.json", shapes.today(model, {"boolq": {"acc,none": 0.5}}))
    lab.put("out/samples_boolq.jsonl", shapes.rows([1, 1, 0, 0]))
    found = lab.collect()
    assert found.items.empty and "link" in kinds(found)


def test_rows_are_joined_with_the_only_run_they_reproduce(lab, shapes):
    for schema, value in (("L1", 0.25), ("L2", 0.5)):
        args = f"pretrained=m,schema={schema}"
        lab.put(f"out/{schema}.json", shapes.today("m", {"boolq": {"acc,none": value}}, args=args))
    lab.put("out/samples_boolq_L1.jsonl", shapes.rows([1, 0, 0, 0]))
    found = lab.collect()
    assert set(found.items["model"]) == {"m [schema=L1]"}


def test_rows_of_an_unknown_run_of_a_known_model_are_a_condition_of_their_own(lab, shapes):
    for schema in ("L1", "L2"):
        args = f"pretrained=m,schema={schema}"
        lab.put(f"out/{schema}.json", shapes.today("m", {"boolq": {"acc,none": 0.25}}, args=args))
    lab.put("out/samples_boolq_L1.jsonl", shapes.rows([1, 0, 0, 0]))
    found = lab.collect()
    assert set(found.items["model"]) == {"m [samples_boolq_L1]"}


def test_scores_that_its_rows_do_not_give_are_named(lab, shapes):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": 0.9}}))
    lab.put(f"m/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0]))
    assert kinds(lab.collect()) == {"disagreement"}


def test_items_on_0_1_and_a_score_on_0_100_agree(lab, shapes):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"zork": {"f1,none": 50.0}}))
    lab.put(f"m/samples_zork_{STAMP}.jsonl", shapes.rows([1, 1, 0, 0], "f1"))
    assert kinds(lab.collect()) == {"note"}


def test_trimmed_samples_are_incomplete_and_nothing_else(lab, shapes):
    lab.put(f"m/results_{STAMP}.json", shapes.today("m", {"boolq": {"acc,none": 0.9}}, n=500))
    lab.put(f"m/samples_boolq_{STAMP}.jsonl", shapes.rows([1, 1, 0], start=40))
    found = lab.collect()
    assert kinds(found) == {"incomplete"} and list(found.items["doc_id"]) == ["40", "41", "42"]


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("boolqMyOwnVariant.json", "boolqMyOwnVariant"),
        ("boolq_my_own_variant.json", "boolq_my_own_variant"),
        ("boolqLogs.json", "boolq"),
        ("boolq_results.json", "boolq"),
        ("boolq.json", "boolq"),
    ],
)
def test_a_task_is_not_guessed_from_the_beginning_of_a_free_name(lab, name, task):
    rows = [{"doc_id": str(i), "prompt_0": f"q{i}", "logit_0": -1.5, "truth": 1, "acc": "True"} for i in range(3)]
    lab.put(f"m/{name}", rows)
    assert set(lab.collect().scores["task"]) == {task}


def test_rows_of_an_own_variant_are_not_those_of_the_task_beside_them(lab, shapes):
    lab.put("m/results.json", shapes.today("m", {"boolq": {"acc,none": 0.25}}))
    lab.put("m/boolq_my_own.jsonl", shapes.rows([1, 1, 1, 0]))
    found = lab.collect()
    assert found.scores.set_index("task")["value"].to_dict() == {"boolq": 0.25, "boolq_my_own": 0.75}
    assert set(found.items["task"]) == {"boolq_my_own"}
    lab.put("m/boolq_my_own.jsonl", shapes.rows([1, 0, 0, 0]))
    assert set(lab.collect().items["task"]) == {"boolq"}
