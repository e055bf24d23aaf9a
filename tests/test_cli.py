"""The commands as a person types them: what they print, how they exit."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from mergekit_eval.cli import joined, main
from mergekit_eval.files import UNFINISHED
from mergekit_eval.processes import ENDING, STOPPED

RESULTS = {
    "results": {
        "arc_challenge": {
            "alias": "arc_challenge",
            "acc,none": 0.5,
            "acc_stderr,none": 0.0146,
            "acc_norm,none": 0.52,
            "acc_norm_stderr,none": 0.0146,
        }
    },
    "group_subtasks": {"arc_challenge": []},
    "configs": {"arc_challenge": {"task": "arc_challenge"}},
    "versions": {"arc_challenge": 1.0},
    "n-shot": {"arc_challenge": 25},
    "higher_is_better": {"arc_challenge": {"acc": True, "acc_norm": True}},
    "n-samples": {"arc_challenge": {"original": 1172, "effective": 1172}},
    "config": {"model": "hf", "model_args": "pretrained=lab/merge", "limit": None},
    "date": 1.7e9,
    "lm_eval_version": "0.4.9",
    "model_source": "hf",
    "model_name": "lab/merge",
}


def kit(*words, cwd=None):
    command = [sys.executable, "-c", "from mergekit_eval.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture
def typed(monkeypatch, capfd):
    """Run a command in this process, which saves the imports; nothing but `SystemExit` may leave it."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["mergekit-eval", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capfd.readouterr()
        return subprocess.CompletedProcess(words, end.value.code, out, err)

    before = {number: signal.getsignal(number) for number in ENDING}
    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "results_2024-01-01T00-00-00.json").write_text(json.dumps(RESULTS))
    return folder


def test_help_names_the_commands():
    done = kit("--help")
    assert done.returncode == 0
    for command in ("demo", "init", "run", "merge", "evaluate", "collect", "notebook", "check"):
        assert command in done.stdout


def test_papermill_style_parameters_are_understood():
    words = ["notebook", "07", "-p", "alpha", "0.01", "-p", "venue=icml", "--out", "x"]
    assert joined(words) == ["notebook", "07", "-p", "alpha=0.01", "-p", "venue=icml", "--out", "x"]


def test_a_mistyped_parameter_fails_and_names_the_right_one(checkout, typed, monkeypatch):
    monkeypatch.chdir(checkout)
    done = typed("notebook", "07_significance", "-p", "alhpa", "0.01")
    assert done.returncode == 2
    assert "'alhpa' is not known" in done.stderr
    assert "'alpha'" in done.stderr
    assert "Traceback" not in done.stderr


def test_collect_writes_three_tables_and_a_census_that_adds_up(results, tmp_path, typed):
    (results / "notes.txt").write_text("nothing")
    done = typed("collect", results, "--out", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    census = json.loads(done.stdout)
    assert census["files"] == census["read"] + census["refused"] + census["unread"] + census["skipped"] == 2
    assert census["read"] == 1
    assert sorted(p.name for p in (tmp_path / "out").glob("*.parquet")) == [
        "items.parquet",
        "problems.parquet",
        "scores.parquet",
    ]


def test_strict_turns_problems_into_exit_code_1_and_nothing_read_is_2(results, tmp_path, typed):
    (results / "results_2024-01-02T00-00-00.json").write_text('{"results": {"arc_challenge": {"acc,none": 0.5')
    assert typed("collect", results, "--out", tmp_path / "a").returncode == 0
    assert typed("collect", results, "--out", tmp_path / "b", "--strict").returncode == 1
    empty = tmp_path / "empty"
    empty.mkdir()
    assert typed("collect", empty, "--out", tmp_path / "c").returncode == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "nowhere.yaml"), "nowhere.yaml"),
        (("check", "nowhere.yaml"), "cannot be read"),
        (("notebook", "99"), "notebook '99' is not known"),
        (("collect", "nowhere", "--out", "x"), "nowhere"),
        (("notebook", "07", "-p", "alpha"), "allowed: -p key value"),
        (("notebook", "07", "-p", "alpha", "[0.05"), "-p 'alpha=[0.05': '[0.05' is not valid YAML"),
        (("notebook", "07", "-p", "study", "a: b: c"), "is not valid YAML"),
    ],
)
def test_a_mistake_is_one_message_without_a_traceback(words, said, tmp_path, typed, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = typed(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_mistake_is_one_message_of_the_command_as_well(tmp_path):
    done = kit("collect", "nowhere", "--out", "x", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (
        2, "", f"mergekit-eval: {tmp_path / 'nowhere'}: nothing is there\n"
    )  # fmt: skip


def test_a_reader_that_closes_the_pipe_leaves_a_whole_workspace(checkout, tmp_path):
    code = "from mergekit_eval.cli import main; main()"
    command = [sys.executable, "-c", code, "init", str(tmp_path / "ws")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    laid = {path.relative_to(tmp_path / "ws") for path in (tmp_path / "ws").rglob("*.[iy]*")}
    shipped = {path.relative_to(checkout) for part in ("notebooks", "params") for path in (checkout / part).glob("*.*")}
    assert laid == shipped


# A limit on the size of files makes every write of more fail, as a full disk does.
LIMITED = """
import resource, sys
from mergekit_eval.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
main()
"""


# Some stop the cache, some the tables.
@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 100, 3000, 9000])
def test_a_disk_without_room_is_one_message(results, tmp_path, room, typed):
    command = [sys.executable, "-c", LIMITED, str(room), "collect", str(results), "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("mergekit-eval: ") and done.stderr.count("\n") == 1, done.stderr
    assert "Free space, or choose another output" in done.stderr and str(tmp_path) in done.stderr
    assert not list((tmp_path / "out").glob("*.parquet"))
    assert not list((tmp_path / "out").rglob(f"{UNFINISHED}*"))
    assert typed("collect", results, "--out", tmp_path / "out").returncode == 0


@pytest.mark.system
def test_a_batch_on_an_empty_results_folder_ends_with_the_reason_and_without_a_report(tmp_path):
    (tmp_path / "params").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "params" / "s.yaml").write_text(
        "study: s\nmodels: {m: {path: org/m, role: reference}}\nresults: [theirs]\n"
    )
    ran = kit("run", "params/s.yaml", "--steps", "03-10", cwd=tmp_path)
    assert ran.returncode == 1
    assert "No score could be read: there is no file with results" in ran.stderr
    assert "needs 03_organize_harness" in ran.stderr
    assert "Traceback" not in ran.stderr
    (tmp_path / "sub").mkdir()  # the study, the results and the outputs are those of the workspace there too
    done = kit("notebook", "10", "-p", "study", "s", "-p", "results", "theirs", cwd=tmp_path / "sub")
    assert done.returncode == 2
    assert "No score could be read" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "outputs" / "notebooks" / "10_report.ipynb").is_file()
    assert not (tmp_path / "sub" / "outputs").exists()
    assert not list(tmp_path.rglob("report.html"))


@pytest.mark.system
@pytest.mark.parametrize("whom", ["group", "command"])
def test_ctrl_c_in_a_notebook_is_one_line_and_leaves_no_process(checkout, tmp_path, whom):
    cells = json.loads((checkout / "notebooks" / "06_correlation.ipynb").read_text(encoding="utf-8"))
    kept = [cell for cell in cells["cells"] if cell["id"] in ("title", "parameters", "provenance")]
    kept[-1]["source"] = ["import os, time\n", "open('started', 'w').write(str(os.getpid()))\n", "time.sleep(60)"]
    (tmp_path / "99_slow.ipynb").write_text(json.dumps(cells | {"cells": kept}), encoding="utf-8")
    command = [sys.executable, "-c", "from mergekit_eval.cli import main; main()", "notebook", "99_slow.ipynb"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(command, cwd=tmp_path, start_new_session=True, **pipes)
    started = tmp_path / "started"
    for _ in range(600):
        if running.poll() is not None or (started.is_file() and started.read_text()):
            break
        time.sleep(0.1)
    kernel = int(started.read_text())
    os.killpg(running.pid, signal.SIGINT) if whom == "group" else running.send_signal(signal.SIGINT)
    out, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert (out, said) == ("", f"mergekit-eval: {STOPPED}\n")
    assert not Path(f"/proc/{kernel}").exists()


def test_a_study_with_a_typo_fails_before_anything_runs(tmp_path, typed, monkeypatch):
    (tmp_path / "s.yaml").write_text("study: s\nmodles: {}\n")
    monkeypatch.chdir(tmp_path)
    done = typed("run", "s.yaml")
    assert done.returncode == 2
    assert "Did you mean 'models'" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["s.yaml"]


def test_check_and_dry_run_say_what_would_happen(checkout, typed):
    demo = checkout / "params" / "demo.yaml"
    recipes = yaml.safe_load(demo.read_text(encoding="utf-8"))["merges"]
    done = typed("check", demo)
    assert done.returncode == 0, done.stderr
    assert f"6 models, {len(recipes)} merges" in done.stdout
    plan = typed("run", demo, "--dry-run", "--steps", "03-05")
    assert plan.returncode == 0, plan.stderr
    names = [line.split(" ->")[0] for line in plan.stdout.splitlines() if "->" in line]
    assert names == [
        "03_organize_harness",
        "04_absolute_performance",
        "05a_did_it_work",
        "05b_keep_lose_gain",
        "05c_all_merges",
    ]
