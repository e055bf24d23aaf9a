"""The report takes the figures that notebooks made from the same numbers, and replaces none made from others."""

import pytest

from mergekit_eval import session
from mergekit_eval.errors import DataError
from mergekit_eval.opening import open_study
from mergekit_eval.reporting import score_paper, write_report
from tests.cells import drawn_only, run_cells
from tests.compare.audit import artefacts
from tests.test_auditing import made
from tests.test_smallest_studies import workspace, written


@pytest.fixture
def study(tmp_path, monkeypatch):
    folder = workspace(tmp_path / "w", "one merge of two parents", True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.slow
def test_the_report_leaves_what_notebooks_made_with_other_parameters(study):
    run_cells("04", study="small", level=0.8, marks="bar")
    run_cells("05", study="small", alpha=0.3, share=0.5)
    run_cells("07", study="small", alpha=0.2, correction="bh", family="merge")
    before = written(study)
    assert {path.stem for path in before} >= {"scores", "capabilities", "verdicts", "delta_base", "significance"}
    run_cells("10", study="small")
    after = written(study)
    assert {path: after[path] for path in before} == before
    assert {path.name for path in set(after) - set(before)} >= {
        "report_scores.png", "report_delta_base.png", "report_significance.png", "report_verdicts.csv"
    }  # fmt: skip
    page = (study / "outputs" / "small" / "report.html").read_text(encoding="utf-8")
    assert "./figures/report_scores.pdf" in page
    assert "./figures/scores.pdf" not in page


@pytest.mark.slow
def test_a_figure_of_the_same_numbers_is_taken_as_it_is(study, monkeypatch):
    monkeypatch.setattr("mergekit_eval.provenance.commit", lambda: "a commit without changes")
    run_cells("04", study="small")
    before = written(study)
    run_cells("10", study="small")
    after = written(study)
    assert {path: after[path] for path in before} == before
    made = {path.name for path in set(after) - set(before)}
    assert "report_delta_base.png" in made  # notebook 05 has not run
    assert not made & {"report_scores.png", "report_capabilities.png"}
    page = (study / "outputs" / "small" / "report.html").read_text(encoding="utf-8")
    assert "./figures/scores.pdf" in page


def test_nothing_read_is_no_report(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    lab = open_study("", results="empty", output="out")
    with pytest.raises(DataError, match="No score could be read: there is no file with results"):
        write_report(lab)
    assert not (tmp_path / "out" / "report.html").exists()


def test_a_table_of_scores_that_nothing_decided_marks_nothing(study):
    import mergekit_eval as me

    scores = me.score_table(open_study("small").collection)
    assert score_paper(scores).notes == ()


@pytest.mark.parametrize(("change", "said"), [(artefacts.cut_long, True), (None, False)])
def test_the_report_says_whether_it_was_measured_fairly(tmp_path, monkeypatch, change, said):
    monkeypatch.setattr(session, "draw_and_save", drawn_only)
    page = write_report(open_study(made(tmp_path, change))).read_text(encoding="utf-8")
    assert "<h2>Measured fairly?</h2>" in page
    assert ("No merge surely differs from its base or a parent in a sign." in page) != said
    titles = ["Signs that merge and reference differ in", "Differences without bent answers", "What to change"]
    verdict = "<b>Measured fairly?</b> gsm8k cut off (inferred): 40%"
    for text in (*titles, "raise max_gen_toks (64 now; try 128)", verdict):
        assert (text in page) == said, text
