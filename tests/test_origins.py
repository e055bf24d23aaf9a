"""Study, recipe and tables agree on where a merge comes from, under one set of names."""

import pandas as pd
import pytest
import yaml

from mergekit_eval import tables
from mergekit_eval.collect.folders import Collection
from mergekit_eval.opening import open_study
from mergekit_eval.origins import lineage_table, merge_table
from mergekit_eval.schema import conform
from mergekit_eval.show.view import shown
from tests.lab import Lab, Shapes

TASKS = ("arc_easy", "boolq", "piqa")


def put(lab, folder, name, share, seed):
    """Write results and samples of a model that answers a share of 200 items of three tasks, spread by ``seed``."""
    shapes, n = Shapes(), 200
    right = {(i * 37 + seed * 53) % n for i in range(round(share * n))}
    values = [float(i in right) for i in range(n)]
    results = {task: {"acc,none": len(right) / n, "acc_stderr,none": 0.03} for task in TASKS}
    lab.put(f"{folder}/results_2024-01-01T00-00-00.000000.json", shapes.today(name, results, n=n))
    for task in TASKS:
        lab.put(f"{folder}/samples_{task}_2024-01-01T00-00-00.000000.jsonl", shapes.rows(values))


@pytest.fixture
def lab(tmp_path):
    return Lab(tmp_path / "results")


def opened(lab, study=None):
    file = ""
    if study is not None:
        file = lab.folder.parent / "study.yaml"
        file.write_text(yaml.safe_dump({"study": "s"} | study))
    return open_study(file, lab.folder, lab.folder.parent / "out")


def judged(session):
    compared = session.compare()
    return compared.verdicts().iloc[0], compared.tasks


def test_a_merge_below_both_parents_is_not_called_between_because_its_base_is_listed(lab):
    for seed, (name, share) in enumerate({"base": 0.2, "a": 0.8, "b": 0.8, "m": 0.7}.items()):
        put(lab, name, f"org/{name}", share, seed)
    listed = "".join(f" - {{model: org/{name}}}\n" for name in ("base", "a", "b"))
    lab.put("m/mergekit_config.yml", f"merge_method: ties\nbase_model: org/base\nmodels:\n{listed}")
    session = opened(lab)
    verdict, table = judged(session)
    assert verdict["verdict"] == "worse than every parent"
    parents = table[table["relation"] == "parent"]
    assert set(parents["reference"]) == {"org/a", "org/b"}
    assert parents["gain"].mean() == pytest.approx(-0.1) and set(table["relation"]) == {"parent", "base"}
    roles = session.collection.scores.groupby("model")["role"].first().to_dict()
    assert roles == {"org/base": "base", "org/a": "parent", "org/b": "parent", "org/m": "merge"}


def test_a_merge_between_its_parents_is_not_better_than_all_because_one_is_called_base_model(lab):
    for seed, (name, share) in enumerate({"strong": 0.79, "weak": 0.4, "m": 0.6}.items()):
        put(lab, name, f"org/{name}", share, seed)
    recipe = "merge_method: slerp\nbase_model: org/strong\nmodels: [{model: org/weak}]\nparameters: {t: 0.5}"
    lab.put("m/mergekit_config.yml", recipe)
    verdict, table = judged(opened(lab))
    assert verdict["verdict"] == "between" and set(table["relation"]) == {"parent"}


@pytest.fixture
def three(lab):
    for seed, name in enumerate(("base", "math", "m")):
        put(lab, name, f"org/{name}", 0.5, seed)
    lab.put("m/mergekit_config.yml", "merge_method: ties\nbase_model: org/base\nmodels: [{model: ./org/math/}]")
    return lab


def test_the_recipe_speaks_in_the_names_of_the_study(three):
    models = {"b": {"role": "base", "ids": ["org/base"]}, "x": {"role": "parent", "ids": ["org/math"]}}
    merged = {"merged": {"role": "merge", "ids": ["org/m"]}}
    row = merge_table(*_both(three, models | merged)).iloc[0]
    assert (row["merge"], row["method"], row["parents"], row["base"]) == ("merged", "ties", ("x",), "b")
    assert row["known_from"] == "study, mergekit_config.yml"


def test_a_study_that_names_other_parents_is_right_and_the_contradiction_is_shown(three):
    models = {"b": {"role": "base", "ids": ["org/base"]}, "x": {"role": "parent", "ids": ["org/math"]}}
    merged = {"merged": {"role": "merge", "ids": ["org/m"], "method": "linear", "parents": ["b"]}}
    row = merge_table(*_both(three, models | merged)).iloc[0]
    assert (row["method"], row["parents"], row["base"]) == ("linear", ("b",), "")
    assert "mergekit_config.yml names other parents: x" in row["unclear"]


def _both(lab, models):
    session = opened(lab, {"models": models})
    return session.study, session.collection


def test_every_model_has_a_row_of_lineage(three):
    table = opened(three).lineage.set_index("model")
    assert list(table.columns) == ["role", "method", "parents", "base", "known_from", "inert", "stages", "unclear"]
    assert table.loc["org/m", "parents"] == ("org/math",) and table.loc["org/m", "base"] == "org/base"
    assert table.loc["org/math", "parents"] == () and table.loc["org/math", "role"] == "parent"
    assert list(shown(tables.conform(table.reset_index(), "lineage"))[0].columns)[-1] == "known from"


def test_what_a_study_gives_no_weight_is_no_parent(lab):
    for seed, name in enumerate(("base", "a", "b", "c", "m")):
        put(lab, name, name, 0.5, seed)
    models = {name: {"path": f"org/{name}", "role": "parent"} for name in "abc"} | {"base": {"role": "base"}}
    models["base"]["path"] = "org/base"
    weights = {"a": 0.5, "b": 0, "c": 0.5}
    merges = {"m": {"method": "ties", "parents": ["a", "b", "c"], "parameters": {"weight": weights}, "base": "base"}}
    session = opened(lab, {"models": models, "merges": merges})
    row = session.merges.iloc[0]
    assert (row["parents"], row["inert"], row["base"]) == (("a", "c"), ("b",), "base")
    seen = shown(session.lineage)[0].set_index("model")
    assert seen.loc["m", "adds nothing"] == "b"


def test_one_name_for_a_folder_and_its_hub_id_only_where_that_is_sure(lab):
    put(lab, "org__math", "org__math", 0.5, 1)
    put(lab, "m", "org/m", 0.5, 2)
    lab.put("m/mergekit_config.yml", "merge_method: linear\nmodels: [{model: org/math}, {model: org/code}]")
    assert opened(lab).merges.iloc[0]["parents"] == ("org__math", "org/code")


def test_without_any_merge_there_is_a_table_without_rows(lab):
    put(lab, "a", "org/a", 0.5, 1)
    session = opened(lab)
    assert session.merges.empty and list(session.lineage["model"]) == ["org/a"]
    assert isinstance(lineage_table(None, session.collection), pd.DataFrame)


def test_a_base_that_is_a_parent_or_the_merge_itself_is_no_base():
    rows = [("s", "slerp", "a"), ("t", "ties", "t"), ("u", "ties", "base")]
    scores = conform(
        [{"model": m, "merge_method": how, "merge_parents": '["a", "b"]', "merge_base": on} for m, how, on in rows],
        "scores",
    )
    found = merge_table(None, Collection(scores, None, None)).set_index("merge")["base"]
    assert found.to_dict() == {"s": "", "t": "", "u": "base"}
