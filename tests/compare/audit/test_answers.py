"""Answers that show a sign, as they stand in their file."""

import json
import shutil

import pytest

from mergekit_eval import tables
from mergekit_eval.errors import DataError
from tests.compare.audit import artefacts


def lines(study, model):
    (file,) = (study.folder / model).glob("samples_*")
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_first_answers_of_the_largest_difference_are_those_of_the_file(study):
    table = study.plant(artefacts.not_parsed, 0.4).answers()
    assert set(table["model"]) == {"mx"} and set(table["sign"]) == {"not parsed"} and len(table) == 5
    assert table["answer"].tolist() == [row["resps"][0][0] for row in lines(study, "mx")[:5]]


def test_what_the_reference_shows_more_is_read_from_the_reference(study):
    table = study.plant(artefacts.empty, who=("pa",)).answers(sign="empty", limit=2)
    assert table["model"].tolist() == ["pa"] * 2 and table["answer"].tolist() == ["  \n"] * 2


def test_of_options_the_log_likelihoods_are_shown(study):
    table = study.plant(artefacts.tied, kind="chosen").answers("mx", "arc_easy", "tied", limit=1)
    assert table["answer"].tolist() == ["-1.5, -1.5, -1.5, -1.5"]


def test_a_file_that_is_gone_is_said(study):
    cmp = study.plant(artefacts.empty)
    assert len(cmp.asymmetry)
    shutil.rmtree(study.folder)
    table = cmp.answers()
    assert set(table["answer"]) == {""} and table["note"].str.contains("cannot be read").all()


def test_a_fair_study_has_none_to_read(study):
    cmp = study.plant()
    assert "no merge surely differs" in tables.reason(cmp.answers())
    assert "no answer of mx on gsm8k shows the sign loop" in tables.reason(cmp.answers("mx", "gsm8k", "loop"))


@pytest.mark.parametrize(
    ("names", "message"),
    [(("my", "gsm8k", "empty"), "model: 'my' is not known; allowed: base, mx"),
     (("mx", "gsm", "empty"), "Did you mean 'gsm8k'"), (("mx", "gsm8k", "emty"), "Did you mean 'empty'")],
)  # fmt: skip
def test_a_name_that_is_not_known_is_explained(study, names, message):
    with pytest.raises(DataError, match=message):
        study.plant().answers(*names)
