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
    assert bends and lines[0] == "4 models, 1 task, 4 scores; for 4 of them the files hold the answers"
    assert "  gsm8k  cut off (inferred): 1 of 4 models; most in mx, 80 of 200 answers, 40%" in lines
    todo = lines.index("  gsm8k  cut off (inferred) (1 merge): raise max_gen_toks (64 now; try 128)")
    assert lines[todo + 1] == "    mergekit-eval evaluate audited.yaml --only mx --only base --only pa --only pb"


def test_a_fair_study_says_that_nothing_bends(tmp_path):
    lines, bends = audit(made(tmp_path))
    assert not bends and lines[-1] == "No merge surely differs from its base or a parent in a sign."


def test_what_two_models_lack_in_common_is_said(tmp_path):
    file = made(tmp_path)
    next((tmp_path / "files" / "pa").glob("samples_*")).unlink()
    lines, _ = audit(file)
    assert "mx and pa on gsm8k: only the items of mx are in the files: not compared" in lines


def test_a_folder_without_known_merges_asks_for_a_study(tmp_path):
    made(tmp_path, artefacts.cut_long)
    lines, bends = audit(tmp_path / "files", output=tmp_path / "out")
    assert not bends and "--study" in lines[-1]
    assert "  cut off (inferred): raise max_gen_toks" in lines[lines.index("what to do:") :]


def test_files_without_answers_ask_for_them(tmp_path):
    file = made(tmp_path)
    for samples in (tmp_path / "files").rglob("samples_*"):
        samples.unlink()
    lines, bends = audit(file)
    assert lines[0].endswith("for 0 of them the files hold the answers") and "--log_samples" in lines[1]
    none = "The files hold no answers of 1 of 1 merge and of base or parents to one task: not compared."
    assert not bends and lines[2] == none


def test_strict_ends_with_one_where_something_bends(tmp_path):
    run = CliRunner().invoke
    assert run(app, ["audit", str(made(tmp_path, artefacts.cut_long)), "--strict"]).exit_code == 1
    assert run(app, ["audit", str(tmp_path / "audited.yaml")]).exit_code == 0


def test_what_was_only_measured_in_another_way_is_listed_and_bends_nothing(tmp_path):
    (tmp_path / "files").mkdir()
    Study(tmp_path / "files").plant(lm_eval_version=("0.4.8", ("base", "pa", "pb")))
    (tmp_path / "audited.yaml").write_text(STUDY)
    lines, bends = audit(tmp_path / "audited.yaml")
    (at,) = [place for place, line in enumerate(lines) if line.startswith("mx: ")]
    assert not bends
    assert lines[at + 1].strip().startswith("measured differently from pa on 1 task: different versions of the program")
    assert "  gsm8k  tool version (1 merge): evaluate both with one version of the program" in lines
