"""Every module of the folder is a backend: a study may name it, and it has all that a cell asks of it."""

import inspect

import pytest

from mergekit_eval.errors import StudyError
from mergekit_eval.run.backends import Kind, kind_of
from mergekit_eval.study import BACKENDS, Backend, load_study

ASKED = ("arguments", "identity", "check", "check_machine")


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_backend_has_what_a_cell_asks_of_it(kind):
    module = kind_of(Backend(kind=kind))
    assert isinstance(module.MODEL, str) and module.MODEL and isinstance(module.LOADS_FILES, bool)
    for name in ASKED:
        names = list(inspect.signature(getattr(Kind, name)).parameters)[1:]
        assert list(inspect.signature(getattr(module, name)).parameters) == names


@pytest.mark.slow
@pytest.mark.parametrize("kind", BACKENDS)
def test_lm_eval_knows_the_class_of_every_backend(kind):
    registry = pytest.importorskip("lm_eval.api.registry")
    pytest.importorskip("lm_eval.models")
    assert registry.get_model(kind_of(Backend(kind=kind)).MODEL)


def test_a_study_may_name_them_and_no_other(tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text("study: s\nmodels:\n  m: {role: base}\nbackend: {kind: hg}\n")
    assert {"hf", "dummy"} <= set(BACKENDS)
    with pytest.raises(StudyError, match=rf"backend\.kind = 'hg'; allowed: {', '.join(BACKENDS)}\."):
        load_study(file)
