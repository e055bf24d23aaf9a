"""Which model a row belongs to, rule by rule, with a study and a folder made by hand."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mergekit_eval.collect.identify import Identities, identify, study_names
from mergekit_eval.collect.tables import score_frame

STUDY = SimpleNamespace(
    folder=Path("/study"),
    models={"base": SimpleNamespace(ids=("org/Base-7B",)), "math": SimpleNamespace(ids=())},
    merges={"both": SimpleNamespace(ids=("renamed-both",))},
    names=lambda: ["base", "math", "both"],
    model_path=lambda name: {"base": "org/base", "math": "/models/math-v2", "both": "/study/outputs/both"}[name],
    role=lambda name: {"base": "base", "math": "parent", "both": "merge"}.get(name, ""),
)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("base", "base"),
        ("org/base", "base"),
        ("org/Base-7B", "base"),
        ("org__base", "base"),  # as lm-eval writes it into the names of folders
        ("/models/math-v2", "math"),
        ("outputs/both", "both"),
        ("renamed-both", "both"),
    ],
)
def test_a_study_knows_its_models_by_name_path_and_ids(spelled, name):
    assert study_names(STUDY)[spelled] == name


@pytest.mark.parametrize(
    ("stated", "file", "expected"),
    [
        ("org/Base-7B", "any/results.json", ("base", "study")),
        ("hf", "org__base/results.json", ("base", "study: folder")),
        ("other/model", "x/results.json", ("other/model", "file")),
        ("", "alone/results.json", ("a/M", "the only model of its folder")),
        ("", "several/results.json", ("several", "folder")),
        ("", "score.json", ("score", "file name")),
    ],
)
def test_the_rules_in_their_order(stated, file, expected):
    named = {"alone": {"a/M"}, "several": {"a/M", "b/M"}}
    assert Identities(STUDY, named).model(stated, stated, "", file) == expected


def frame(*rows):
    common = {"tool": "lm-eval", "task": "t", "metric": "acc", "value": 0.5}
    rows = [common | {"model_name": row.get("model", "")} | row for row in rows]
    return score_frame([row | {"source_file": row["file"]} for row in rows], set())


def models(*rows, study=None):
    scores, problems = identify(frame(*rows), study, [])
    return scores["model"].tolist(), scores, problems


def test_a_model_in_the_hub_cache_has_its_hub_name():
    cache = "/home/u/.cache/huggingface/hub/models--org--M/snapshots/"
    found, scores, _ = models({"model": cache + "a" * 40, "file": "1.json"})
    assert found == ["org/M"] and scores["model_from"].tolist() == [", hub cache"]
    two, _, _ = models({"model": cache + "a" * 40, "file": "1.json"}, {"model": cache + "b" * 40, "file": "2.json"})
    assert two == [f"org/M@{'a' * 12}", f"org/M@{'b' * 12}"]


def test_two_spellings_of_one_name_are_kept_apart_and_proposed_as_one():
    found, _, [problem] = models({"model": "org/M", "file": "1.json"}, {"model": "org__M", "file": "2.json"})
    assert found == ["org/M", "org__M"]
    assert problem["kind"] == "identity" and "'org/M'" in problem["message"] and "'org__M'" in problem["message"]


def test_paths_that_end_alike_in_one_folder_are_named():
    rows = [{"model": f"/disk{i}/model-x", "file": "lab/r.json"} for i in (1, 2)]
    found, _, problems = models(*rows)
    assert found == ["/disk1/model-x", "/disk2/model-x"]
    assert any("all end in 'model-x' and are kept as 2 models" in problem["message"] for problem in problems)


def test_roles_are_the_study_s():
    _, scores, _ = models(
        {"model": "org/base", "file": "1.json"}, {"model": "strange/one", "file": "2.json"}, study=STUDY
    )
    assert dict(zip(scores["model"], scores["role"], strict=True)) == {"base": "base", "strange/one": ""}
