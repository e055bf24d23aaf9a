"""Every notebook is executed: the chain on a small real study, and each on results without study and items."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from mergekit_eval import session
from mergekit_eval.notebooks import find, number
from tests.cells import data_only, drawn_only, run_cells

pytestmark = pytest.mark.system
COMMAND = [sys.executable, "-c", "from mergekit_eval.cli import main; main()"]
STUDY = """
study: small
models:
  base: {path: "tiny:base", role: base}
  math: {path: "tiny:math", role: parent, domain: mathematics}
  code: {path: "tiny:code", role: parent, domain: coding}
merges:
  half: {method: linear, parents: [math, code], base: base, parameters: {weight: 0.5}}
  steep: {method: task_arithmetic, parents: [math, code], base: base, parameters: {weight: 6.0}}
suites: [tiny]
backend: {batch_size: 64, slots: 2, limit: 40}
"""


def kit(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.yaml").write_text(STUDY, encoding="utf-8")
    return folder / "outputs" / "small", kit("run", "small.yaml", cwd=folder)


def executed(path: Path) -> list:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code" and c.execution_count]


def test_the_chain_runs_every_notebook_and_writes_what_it_promises(ran):
    output, done = ran
    assert done.returncode == 0, done.stdout + done.stderr
    chain = [name for name in find() if not name.startswith("00")]
    assert len(chain) >= 8
    status = json.loads((output / "notebooks" / "status.json").read_text(encoding="utf-8"))
    assert {step["name"]: step["state"] for step in status} == dict.fromkeys(chain, "done")
    counts = {name: len(executed(output / "notebooks" / f"{name}.ipynb")) for name in chain}
    assert min(counts.values()) > 2, counts
    assert (output / "report.html").stat().st_size > 10_000
    figures = {path.stem for path in (output / "figures").glob("*.png")}
    assert len(figures) > 8
    for stem in figures:
        endings = {path.suffix for path in (output / "figures").glob(f"{stem}.*")}
        assert endings >= {".png", ".pdf", ".svg", ".csv", ".json"}, stem


def test_the_tables_hold_every_model_and_the_collapsed_merge_is_named(ran):
    output, done = ran
    scores = pd.read_parquet(output / "tables" / "scores.parquet")
    assert set(scores["model"]) == {"base", "math", "code", "half", "steep"}
    assert (scores.groupby("model")["task"].nunique() == scores["task"].nunique()).all()
    assert len(pd.read_parquet(output / "tables" / "items.parquet")) > 5 * 40
    verdicts = pd.read_csv(output / "tables" / "verdicts.csv").set_index("merge")
    assert verdicts.loc["steep", "verdict"] == "collapsed"
    assert "steep" in done.stdout
    assert "collapsed" in done.stdout


def test_a_second_run_merges_and_evaluates_nothing(ran):
    output, _ = ran
    before = {path: path.stat().st_mtime_ns for path in (output / "harness").rglob("*.json*")}
    assert before
    again = kit("run", output.parents[1] / "small.yaml", "--steps", "01-02", cwd=output.parents[1])
    assert again.returncode == 0, again.stderr
    assert {path: path.stat().st_mtime_ns for path in (output / "harness").rglob("*.json*")} == before
    for name, count in (("cells", 5), ("merges", 2)):
        records = json.loads((output / f"{name}.json").read_text(encoding="utf-8"))
        assert [record["status"] for record in records] == ["done"] * count


def test_the_report_draws_what_the_notebooks_draw(ran, monkeypatch):
    output, _ = ran
    after_report = {path.name: path.read_bytes() for path in (output / "figures").glob("*.csv")}
    monkeypatch.setattr(session, "draw_and_save", data_only)
    monkeypatch.chdir(output.parents[1])
    for step in ("04", "05", "06", "07"):
        run_cells(step, study="small.yaml")
    assert {path.name: path.read_bytes() for path in (output / "figures").glob("*.csv")} == after_report


@pytest.fixture
def aggregates(ran, tmp_path, monkeypatch):
    """The results of the chain without its samples, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "aggregates"
    for path in (ran[0] / "harness").rglob("results_*.json"):
        target = folder / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder


NAMES = [name for name in find() if name[:2] not in ("00", "01", "02")]  # 00: tests/test_golden.py, tests/test_wheel.py


@pytest.mark.parametrize("number", sorted({number(name) for name in NAMES}))
def test_every_notebook_runs_on_results_without_a_study_and_without_items(number, aggregates, tmp_path, monkeypatch):
    """Without kernels, which the chain has."""
    monkeypatch.setattr(session, "draw_and_save", drawn_only)
    shown = run_cells(number, study="", results=str(aggregates), output=str(tmp_path / "out"))
    assert "mergekit_eval" in shown["provenance"]


def test_the_command_runs_a_notebook_on_results_without_a_study_and_without_items(aggregates, tmp_path):
    words = ["-p", "study", "", "-p", "results", aggregates, "-p", "output", tmp_path / "out"]
    done = kit("notebook", "03", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert pd.read_parquet(tmp_path / "out" / "tables" / "scores.parquet")["model"].nunique() == 5
