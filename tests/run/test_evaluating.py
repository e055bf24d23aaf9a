"""What is refused, and what is planned, before any model is loaded; evaluations are in whole/test_evaluating.py."""

import pytest

from mergekit_eval.errors import RunError, StudyError
from mergekit_eval.run import evaluate
from mergekit_eval.study import load_study


@pytest.fixture
def study(toy, tmp_path):
    """Return a maker of studies of one model, whose folder holds no weights."""
    toy.suite(tmp_path)
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text("{}")

    def make(**settings):
        return load_study(toy.study(tmp_path, {"base": f"{{path: {tmp_path / 'base'}, role: base}}"}, **settings))

    return make


def test_a_suite_and_a_model_that_are_not_known_are_refused_with_the_nearest_name(study):
    with pytest.raises(StudyError, match=r"'tiyn'.*Did you mean 'tiny'"):
        evaluate(study(suites="[tiyn]"))
    with pytest.raises(RunError, match=r"only.*'bse'.*Did you mean 'base'"):
        evaluate(study(), only=["bse"])


def test_a_plan_says_of_a_model_without_weights_that_it_fails_and_writes_nothing(study, tmp_path):
    made = study()
    (record,) = evaluate(made, dry_run=True)
    assert (record.name, record.status) == ("base/toy", "failed")
    assert record.reason.startswith(f"{tmp_path / 'base'}: no *.safetensors file")
    assert not made.output.exists()
