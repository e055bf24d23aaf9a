"""Evaluations of throw-away models, from the plan to files that are complete or absent."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.files import UNFINISHED
from mergekit_eval.run import evaluate
from mergekit_eval.run.plan import plan_cells

pytestmark = pytest.mark.slow


def scores(file):
    return json.loads(Path(file).read_text())["results"]


def payload(study):
    (cell,) = plan_cells(study)
    return {"cell": cell}


def test_results_and_samples_lie_in_the_harness_layout(study_of):
    study = study_of("base", "pa")
    records = evaluate(study)
    assert [(r.name, r.status) for r in records] == [("base/toy", "ran"), ("pa/toy", "ran")], records
    for record in records:
        folder = study.output / "harness" / record.model
        results = sorted(folder.glob("results_*.json"))
        assert [str(file) for file in results] == [record.results_file]
        stamp = results[0].stem.removeprefix("results_")
        assert {f.name for f in folder.iterdir()} == {
            results[0].name, f"samples_toy_a_{stamp}.jsonl", f"samples_toy_b_{stamp}.jsonl",
        }  # fmt: skip
        content = json.loads(results[0].read_text())
        assert content["config"]["model_args"]["pretrained"] == study.model_path(record.model)
        assert content["n-samples"]["toy_a"] == {"original": 12, "effective": 12}
        assert content["task_hashes"]["toy_a"] and content["lm_eval_version"]
        rows = [json.loads(line) for line in (folder / f"samples_toy_a_{stamp}.jsonl").read_text().splitlines()]
        assert sum(row["acc"] for row in rows) / 12 == pytest.approx(content["results"]["toy_a"]["acc,none"])
    assert not list(study.output.rglob(f"{UNFINISHED}*"))


def test_the_numbers_are_those_of_lm_eval_itself(study_of, workspace):
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    study = study_of("pa")
    (record,) = evaluate(study)
    manager = TaskManager(include_path=str(workspace / "params" / "suites" / "tasks"), include_defaults=False)
    direct = simple_evaluate(
        model="hf", model_args={"pretrained": study.model_path("pa")}, tasks=["toy_a", "toy_b"],
        task_manager=manager, device="cpu", batch_size=1,
    )  # fmt: skip
    for task in ("toy_a", "toy_b"):
        assert scores(record.results_file)[task]["acc,none"] == direct["results"][task]["acc,none"]


def test_done_cells_are_not_run_again_until_something_changes(study_of, workspace, toy_models, toy):
    study = study_of("base", "pa")
    first = {r.model: r.results_file for r in evaluate(study)}
    assert [r.status for r in evaluate(study)] == ["done", "done"]
    assert {r.model: r.results_file for r in evaluate(study)} == first

    data = workspace / "params" / "suites" / "tasks" / "toy.jsonl"
    data.write_text(data.read_text().replace('"answer": 1', '"answer": 0'))
    assert [r.status for r in evaluate(study, dry_run=True)] == ["todo", "todo"]
    again = {r.model: r.results_file for r in evaluate(study)}
    assert scores(again["base"])["toy_a"]["acc,none"] + scores(again["base"])["toy_b"]["acc,none"] != pytest.approx(1)
    assert not Path(first["base"]).exists(), "results of other data must not lie beside today's"
    assert (study.output / "superseded" / "base" / Path(first["base"]).name).is_file()

    assert [r.status for r in evaluate(study_of("base", "pa", backend="limit: 5"))] == ["ran", "ran"]
    (study.output / "harness" / "pa" / Path(evaluate(study_of("pa", backend="limit: 5"))[0].results_file).name).unlink()
    assert {r.model: r.status for r in evaluate(study_of("base", "pa", backend="limit: 5"))} == {
        "base": "done", "pa": "ran",
    }  # fmt: skip


@pytest.mark.parametrize("which", ["results_", "samples_toy_a_"])
def test_results_that_were_damaged_at_equal_size_are_evaluated_again(study_of, which, capfd):
    study = study_of("base")
    good = Path(evaluate(study)[0].results_file)
    (file,) = good.parent.glob(f"{which}*")
    truth, times = scores(good), (file.stat().st_atime_ns, file.stat().st_mtime_ns)
    file.write_bytes(b"\0" * file.stat().st_size)
    os.utime(file, ns=times)
    (planned,) = evaluate(study, dry_run=True)
    assert planned.status == "todo" and file.name in planned.reason
    (record,) = evaluate(study)
    assert record.status == "ran" and scores(record.results_file) == truth
    assert f"base/toy: {file.name}: missing, or not as written" in capfd.readouterr().err
    assert not list(good.parent.glob(file.name)), "the damaged file does not lie beside the good ones"
    assert [r.status for r in evaluate(study)] == ["done"]


def test_a_record_that_was_damaged_is_no_record(study_of):
    study = study_of("base")
    evaluate(study)
    record = study.output / "cells" / "base" / "toy.json"
    record.write_bytes(b"\0" * record.stat().st_size)
    assert [r.status for r in evaluate(study)] == ["ran"]


def test_a_moved_model_is_the_same_model(study_of, toy_models, tmp_path):
    place = tmp_path / "first"
    shutil.copytree(toy_models["pa"], place)
    assert evaluate(study_of(more={"m": f"{{path: {place}, role: base}}"}))[0].status == "ran"
    place.rename(tmp_path / "second")
    assert evaluate(study_of(more={"m": f"{{path: {tmp_path / 'second'}, role: base}}"}))[0].status == "done"


def test_a_split_suite_loses_only_the_task_that_fails(study_of, workspace, toy):
    toy.suite(workspace, extra="split: true\n")
    broken = workspace / "params" / "suites" / "tasks" / "toy_b.yaml"
    broken.write_text(broken.read_text().replace("question", "{{ no_such_thing.at_all"))
    records = evaluate(study_of("base"))
    assert [(r.name, r.status) for r in records] == [("base/toy.toy_a", "ran"), ("base/toy.toy_b", "failed")]
    assert records[1].reason and "Traceback" in Path(records[1].log).read_text()
    assert [r.status for r in evaluate(study_of("base"))] == ["done", "failed"]


def test_bad_models_fail_alone_with_log_and_reason(study_of, toy_models, tmp_path):
    cut, gone = tmp_path / "cut", tmp_path / "gone"
    shutil.copytree(toy_models["pa"], cut)
    shutil.copytree(toy_models["pa"], gone)
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:-4])
    study = study_of("base", more={"cut": f"{{path: {cut}, role: parent}}", "gone": f"{{path: {gone}, role: parent}}"})
    shutil.rmtree(gone)
    records = {r.model: r for r in evaluate(study)}
    assert {name: r.status for name, r in records.items()} == {"base": "ran", "cut": "failed", "gone": "failed"}
    assert "corrupt safetensors" in records["cut"].reason and "no such model folder" in records["gone"].reason
    for name in ("cut", "gone"):
        assert records[name].reason in Path(records[name].log).read_text()
    rows = {row["name"]: row for row in json.loads((study.output / "cells.json").read_text())}
    assert rows["cut/toy"]["status"] == "failed" and rows["cut/toy"]["reason"] == records["cut"].reason


def test_a_merge_is_evaluated_only_as_todays_recipe_made_it(study_of):
    from mergekit_eval.run import merge_all

    def study(weight):
        text = f"{{method: linear, parents: [pa, pb], parameters: {{weight: {weight}}}}}"
        return study_of("base", "pa", "pb", merges=f"\n  m: {text}")

    def of_m(records):
        return next(record for record in records if record.model == "m")

    first = study(1)
    assert of_m(evaluate(first, dry_run=True)).status == "todo"
    assert of_m(evaluate(first, only="m")).status == "failed" and "not built" in of_m(evaluate(first, only="m")).reason
    merge_all(first)
    assert of_m(evaluate(first, only="m")).status == "ran"
    changed = study("{pa: 1, pb: 2}")
    stale = of_m(evaluate(changed, only="m"))
    assert stale.status == "failed" and "its recipe" in stale.reason
    assert not list((changed.output / "harness" / "m").glob("*.json")), "yesterday's scores are not today's merge"
    merge_all(changed)
    assert of_m(evaluate(changed, only="m")).status == "ran"
    weights = Path(changed.model_path("m")) / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    damaged = of_m(evaluate(changed, only="m"))
    assert damaged.status == "failed" and "changed: model.safetensors" in damaged.reason


def test_results_come_back_when_a_changed_setting_is_given_up(study_of):
    study = study_of("base")
    file = evaluate(study)[0].results_file
    failed = study_of("base", backend="limit: 3, time_limit: 0.01")
    assert evaluate(failed)[0].status == "failed" and not Path(file).exists()
    back = evaluate(study_of("base"))
    assert [(r.status, r.results_file) for r in back] == [("done", file)]


def test_the_record_of_a_run_forgets_models_that_left_the_study(study_of):
    def rows(study):
        return {row["name"] for row in json.loads((study.output / "cells.json").read_text())}

    study = study_of("base", "pa", backend="kind: dummy")
    evaluate(study)
    evaluate(study, only="base")
    assert rows(study) == {"base/toy", "pa/toy"}
    smaller = study_of("base", backend="kind: dummy")
    evaluate(smaller)
    assert rows(smaller) == {"base/toy"}


def test_a_later_run_still_says_what_a_finished_cell_took(study_of):
    def rows(study):
        return {row["name"]: row["seconds"] for row in json.loads((study.output / "cells.json").read_text())}

    study = study_of("base", "pa", backend="kind: dummy")
    took = {record.name: record.seconds for record in evaluate(study)}
    assert min(took.values()) > 0
    assert {record.name: record.seconds for record in evaluate(study)} == took == rows(study)


def test_a_task_that_is_not_known_fails_alone_with_the_known_ones(study_of, workspace, toy):
    suite = toy.suite(workspace, "wrong")
    suite.write_text(suite.read_text().replace("toy_b", "toy_c"))
    (record,) = evaluate(study_of("base", suites="[wrong]"), only="base/wrong")
    assert record.status == "failed" and "'toy_c' is not known" in record.reason and "toy_b" in record.reason


def test_a_gpu_that_is_not_there_is_refused(study_of):
    import torch

    absent = f"cuda:{torch.cuda.device_count()}"
    (record,) = evaluate(study_of("base", backend=f"device: '{absent}'"))
    assert record.status == "failed" and f"backend.device = '{absent}'" in record.reason


def test_code_tasks_need_permission(study_of, workspace, toy, monkeypatch):
    monkeypatch.delenv("HF_ALLOW_CODE_EVAL", raising=False)
    suite = toy.suite(workspace)
    suite.write_text(suite.read_text().replace("task: toy_b", "task: toy_b, unsafe_code: true"))
    (record,) = evaluate(study_of("base"))
    assert record.status == "failed" and "HF_ALLOW_CODE_EVAL=1" in record.reason


def test_a_time_limit_ends_a_cell(study_of):
    (record,) = evaluate(study_of("base", backend="time_limit: 0.05"))
    assert record.status == "failed" and "time limit of 0.05 s" in record.reason


def test_a_model_may_have_its_own_backend(study_of, toy_models):
    own = {"other": f"{{path: {toy_models['pa']}, role: parent, backend: {{dtype: float16, batch_size: 4}}}}"}
    files = {r.model: json.loads(Path(r.results_file).read_text()) for r in evaluate(study_of("base", more=own))}
    assert files["base"]["config"]["model_args"]["dtype"] == "auto"
    assert files["other"]["config"]["model_args"]["dtype"] == "float16" and files["other"]["config"]["batch_size"] == 4


def test_shots_of_the_suite_reach_the_prompt(study_of, workspace, toy):
    suite = toy.suite(workspace)
    suite.write_text(suite.read_text().replace("task: toy_a,", "task: toy_a, num_fewshot: 2,"))
    (record,) = evaluate(study_of("base"))
    content = json.loads(Path(record.results_file).read_text())
    assert content["n-shot"] == {"toy_a": 2, "toy_b": 0}
    first = next(Path(record.results_file).parent.glob("samples_toy_a_*")).read_text().splitlines()[0]
    assert json.loads(first)["arguments"]["gen_args_0"]["arg_0"].count("\n\n") == 2


def test_the_dummy_backend_needs_no_weights(study_of, tmp_path):
    (tmp_path / "empty").mkdir()
    (record,) = evaluate(study_of(more={"m": "{path: ./empty, role: base}"}, backend="kind: dummy"))
    assert record.status == "ran", record.reason


def test_a_full_disk(study_of, workspace, tmp_path):
    """A real small disk: the cell fails with a reason, and works once there is room."""
    disk = workspace / "outputs"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("cannot mount a small disk here (needs root)")
    try:
        study = study_of("base")
        (record,) = evaluate(study)
        assert record.status == "failed" and "No space left on device" in record.reason
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        assert [r.status for r in evaluate(study)] == ["ran"]
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert [r.status for r in evaluate(study, dry_run=True)] == ["done"]
        with pytest.raises(RunError, match=r"cannot be written.*Read-only"):
            evaluate(study)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_output_that_is_a_file_is_named(study_of):
    study = study_of("base")
    study.output.parent.mkdir()
    study.output.write_text("not a folder")
    with pytest.raises(RunError, match="cannot be written"):
        evaluate(study)
