"""The comparison without bent items, against means taken by hand from the files."""

import json

import numpy as np
import pytest

from tests.compare.audit import artefacts


def values(study, model):
    (file,) = (study.folder / model).glob("samples_*")
    return np.array([json.loads(line)["exact_match"] for line in file.read_text().splitlines()])


def test_differences_with_and_without_the_cut_items_are_those_of_the_files(study):
    cmp = study.plant(artefacts.cut_long, 0.3)
    rows = cmp.clean[cmp.clean["level"].eq("task")].set_index("reference")
    merge = values(study, "mx")
    kept = np.arange(len(merge)) >= 0.3 * len(merge)
    for name in ("base", "pa", "pb"):
        gains = merge - values(study, name)
        row = rows.loc[name]
        assert row["gain"] == pytest.approx(gains.mean())
        assert row["clean_gain"] == pytest.approx(gains[kept].mean())
        assert (row["n"], row["n_clean"], row["dropped"]) == (len(merge), kept.sum(), pytest.approx(0.3))
        assert row["least"] == pytest.approx((gains[kept].sum() - (~kept).sum()) / len(merge))
        assert row["most"] == pytest.approx((gains[kept].sum() + (~kept).sum()) / len(merge))


def test_the_average_over_one_task_is_that_task(study):
    table = study.plant(artefacts.cut_long, 0.3).clean
    columns = ["gain", "clean_gain", "least", "most"]
    single, whole = (table[table["level"].eq(level)][columns].to_numpy(float) for level in ("task", "overall"))
    assert single == pytest.approx(whole)


def test_a_verdict_that_cut_answers_have_reversed_is_called_so(study):
    cmp = study.plant(artefacts.cut_long, 0.5)
    assert cmp.verdicts()["verdict"].tolist() == ["worse than the base and every parent"]
    assert set(cmp.clean["decided"]) <= {"reversed", "no longer sure"}


def test_where_every_answer_is_bent_nothing_is_left(study):
    table = study.plant(artefacts.cut_long, 1.0).clean
    assert set(table["decided"]) == {"nothing left"} and table["clean_gain"].isna().all()
    assert set(table["n_clean"]) == {0} and set(table["least"]) == {-1.0} and set(table["most"]) == {1.0}


def test_nothing_is_dropped_where_both_are_cut_alike(study):
    assert study.plant(artefacts.cut_long, who=("base", "pa", "pb", "mx")).clean.empty


def test_the_collection_stays_as_it_was(study):
    cmp = study.plant(artefacts.cut_long, 0.3)
    before = cmp.collection.scores.copy(), len(cmp.collection.items)
    assert len(cmp.clean)
    assert cmp.collection.scores.equals(before[0]) and len(cmp.collection.items) == before[1]
