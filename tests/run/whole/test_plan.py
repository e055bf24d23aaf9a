"""Cells of a study: their order, their keys, and what they may not be told."""

import shutil

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import digest, write_json
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.run.plan import plan_cells
from mergekit_eval.study import load_study

EXAMPLE = {"a": "{path: ./a, role: base}", "b": "{path: ./b, role: parent}"}


@pytest.fixture
def planned(tmp_path, toy):
    """Return the cells of a study that needs no weights, one call after another in one folder."""

    def cells(only=None, suites="[toy]", backend="kind: dummy", models=EXAMPLE):
        study = toy.study(tmp_path, models, suites=suites, backend=backend)
        return plan_cells(load_study(study), only)

    for name in EXAMPLE:
        (tmp_path / name).mkdir()
    toy.suite(tmp_path)
    toy.suite(tmp_path, "apart", extra="split: true\n")
    return cells


def test_cells_come_in_the_order_of_models_and_suites_and_a_split_suite_has_one_for_each_task(planned):
    names = [cell.name for cell in planned(suites="[toy, apart]")]
    assert names == ["a/toy", "a/apart.toy_a", "a/apart.toy_b", "b/toy", "b/apart.toy_a", "b/apart.toy_b"]
    assert {cell.status for cell in planned()} == {"todo"}


@pytest.mark.parametrize(
    ("only", "names"), [("b", ["b/toy"]), (["toy"], ["a/toy", "b/toy"]), (["a/toy", "b"], ["a/toy", "b/toy"])]
)
def test_only_may_name_models_suites_and_both(planned, only, names):
    assert [cell.name for cell in planned(only)] == names
    with pytest.raises(RunError, match=r"only.*'toi'.*Did you mean 'toy'"):
        planned("toi")


def test_a_key_changes_with_what_changes_the_result_and_with_nothing_else(planned):
    first = planned()[0].key
    assert planned()[0].key == first
    assert planned(backend="kind: dummy, time_limit: 60")[0].key == first
    for other in ("kind: dummy, limit: 5", "kind: dummy, dtype: float16", "kind: dummy, model_args: {x: 1}"):
        assert planned(backend=other)[0].key != first, other


def test_the_smaller_limit_counts_and_seeds_are_fixed(planned, tmp_path, toy):
    toy.suite(tmp_path, extra="limit: 3\n")
    assert [planned(backend=f"kind: dummy, limit: {n}")[0].settings["limit"] for n in (2, 9)] == [2, 3]
    settings = planned()[0].settings
    assert settings["limit"] == 3 and set(settings["seeds"].values()) == {0, 1234}
    assert settings["fewshot_as_multiturn"] is False


def test_a_cell_is_done_where_its_record_and_files_are_those_of_its_key(planned):
    cell = planned()[0]
    folder = cell.folder
    folder.mkdir(parents=True)
    (folder / "results_x.json").write_text("{}")
    record = {"key": cell.key, "files": {"results_x.json": digest(folder / "results_x.json")}}
    write_json(cell.record, record)
    assert planned()[0].status == "done"
    write_json(cell.record, record | {"key": "other"})
    assert planned()[0].status == "todo"
    write_json(cell.record, record)
    (folder / "results_x.json").write_text("[]")
    assert planned()[0].damage == ["results_x.json"] and planned()[0].status == "todo"


def test_a_model_that_cannot_be_read_is_a_problem_of_its_cells_alone(planned, monkeypatch):
    tree = Digests.tree

    def unreadable(self, folder, **how):
        if folder.name == "b":
            raise OSError(f"{folder}: cannot be read")
        return tree(self, folder, **how)

    monkeypatch.setattr(Digests, "tree", unreadable)
    a, b = planned(backend="")
    assert "cannot be read" not in a.problem and b.problem.endswith("b: cannot be read")
    assert (a.status, b.status) == ("todo", "todo")


@pytest.mark.slow
@pytest.mark.parametrize("given", ["trust_remote_code: true", "pretrained: other", "dtype: float64"])
def test_model_arguments_that_would_overrule_the_study_are_refused(study_of, given):
    with pytest.raises(RunError, match=rf"backend\.model_args.*{given.split(':')[0]}"):
        plan_cells(study_of("base", backend=f"model_args: {{{given}}}"))


@pytest.mark.slow
def test_a_changed_tokenizer_beside_the_model_is_another_cell(study_of, toy_models, tmp_path):
    own = tmp_path / "tokenizer"
    shutil.copytree(toy_models["pa"], own)
    key = plan_cells(study_of("base", backend=f"model_args: {{tokenizer: {own}}}"))[0].key
    assert plan_cells(study_of("base", backend=f"model_args: {{tokenizer: {own}}}"))[0].key == key
    (own / "tokenizer_config.json").write_text("{}")
    assert plan_cells(study_of("base", backend=f"model_args: {{tokenizer: {own}}}"))[0].key != key
