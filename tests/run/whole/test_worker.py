"""One real cell whose results are not whole, or whose files change while it runs."""

import pytest

from mergekit_eval.errors import RunError
from mergekit_eval.run import evaluate
from mergekit_eval.run.plan import plan_cells
from mergekit_eval.run.worker import run_cell


def payload(study):
    (cell,) = plan_cells(study)
    return {"cell": cell}


@pytest.mark.slow
def test_a_failed_save_is_a_failed_cell(study_of, workspace):
    """lm-eval only warns when a file cannot be written; a limit on file size makes every write fail."""
    import resource

    study = study_of("base")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(RunError, match=r"could not save its results.*File too large"):
            run_cell(**payload(study))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(study.output.rglob("harness/**/*.json*"))
    assert evaluate(study)[0].status == "ran"


@pytest.mark.slow
def test_a_sample_file_cut_short_is_a_failed_cell(study_of, monkeypatch):
    from lm_eval.loggers import EvaluationTracker

    save = EvaluationTracker.save_results_samples

    def cut(self, task_name, samples):
        save(self, task_name, samples[:-1])

    monkeypatch.setattr(EvaluationTracker, "save_results_samples", cut)
    study = study_of("base")
    with pytest.raises(RunError, match=r"saved 11 of 12 rows of samples_toy_a"):
        run_cell(**payload(study))
    assert not (study.output / "harness").exists()


@pytest.mark.slow
def test_files_that_change_while_a_cell_runs_make_it_fail(study_of, workspace):
    """Its key was taken before: under it the results would pass for those of the older files."""
    study = study_of("base")
    call = payload(study)
    data = workspace / "params" / "suites" / "tasks" / "toy.jsonl"
    data.write_text(data.read_text().replace('"answer": 1', '"answer": 0'))
    with pytest.raises(RunError, match="files of the tasks changed while the cell ran"):
        run_cell(**call)
    assert not list(study.output.rglob("results_*.json"))
    assert [r.status for r in evaluate(study)] == ["ran"]
