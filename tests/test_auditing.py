"""The audit command: lines for a folder with a study and without one."""

from typer.testing import CliRunner

from mergekit_eval.auditing import audit
from mergekit_eval.cli import app
from tests.compare.audit import artefacts
from tests.compare.audit.conftest import Study

STUDY = """
study: audited
models:
  base: {path: base, role: base}
  pa: {path: pa, role: parent}
  pb: {path: pb, role: parent}
merges:
  mx: {method: slerp, parents: [pa, pb], base: base}
results: [files]
output: out
"""


def made(tmp_path, change=None):
    (tmp_path / "files").mkdir()
    Study(tmp_path / "files").plant(change)
    file = tmp_path / "audited.yaml"
    file.write_text(STUDY)
    return file


def test_a_study_whose_merge_is_cut_off_is_told_with_what_to_run(tmp_path):
    lines, bends = audit(made(tmp_path, artefacts.cut_long))
    assert bends and lines[0] == "4 models, 1 task, 4 scores; of 4 of them the files hold the answers"
    assert "  mx  gsm8k  cut off (inferred): 80 of 200 answers, 40%" in lines
    assert any(line.strip().startswith("mergekit-eval evaluate audited.yaml --only mx") for line in lines)


def test_a_fair_study_says_that_nothing_bends(tmp_path):
    lines, bends = audit(made(tmp_path))
    assert not bends and lines[-1] == "1 merge: no sign bends a difference from base or parents"


def test_a_folder_without_known_merges_asks_for_a_study(tmp_path):
    made(tmp_path, artefacts.cut_long)
    lines, bends = audit(tmp_path / "files", output=tmp_path / "out")
    assert not bends and "--study" in lines[-1]


def test_strict_ends_with_one_where_something_bends(tmp_path):
    run = CliRunner().invoke
    assert run(app, ["audit", str(made(tmp_path, artefacts.cut_long)), "--strict"]).exit_code == 1
    assert run(app, ["audit", str(tmp_path / "audited.yaml")]).exit_code == 0


def test_what_was_only_measured_in_another_way_is_listed_and_bends_nothing(tmp_path):
    (tmp_path / "files").mkdir()
    Study(tmp_path / "files").plant(lm_eval_version=("0.4.8", ("base", "pa", "pb")))
    (tmp_path / "audited.yaml").write_text(STUDY)
    lines, bends = audit(tmp_path / "audited.yaml")
    assert not bends and lines[-3] == "1 merge: no sign bends a difference from base or parents"
    assert lines[-2].startswith("mx  ")
    assert lines[-1].strip().startswith("measured differently from pa on 1 task: different versions of the program")
