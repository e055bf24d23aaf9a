"""The cells of notebooks 04, 05 and 08 run on studies that lack something, and say so instead of failing."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

import mergekit_eval as me
from mergekit_eval import session
from tests.cells import drawn_only, run_cells
from tests.compare.merge_view.worlds import World, worlds

pytestmark = pytest.mark.slow  # whole notebooks


def study_of(world: World, folder: Path) -> Path:
    """Write the roles of a world as a study file and its tables beside it."""
    merges = {row.merge: row for row in world.merges.itertuples()}
    named = {*world.collection.scores["model"], *(p for row in merges.values() for p in row.parents)}
    named |= {row.base for row in merges.values() if row.base} | set(merges)
    models = {}
    for name in sorted(named):
        if name in merges:
            row = merges[name]
            models[name] = {"role": "merge", "parents": list(row.parents), **({"base": row.base} if row.base else {})}
        else:
            models[name] = {"role": "base" if name == "base" else "parent"}
            models[name] |= {"domain": next(iter(world.domains[name]))} if name in world.domains else {}
    (folder / "tables").mkdir(parents=True)
    world.collection.write(folder / "tables")
    file = folder / "study.yaml"
    file.write_text(yaml.safe_dump({"study": "nasty", "models": models}), encoding="utf-8")
    return file


@pytest.fixture
def run(monkeypatch, tmp_path, build, merging):
    monkeypatch.setattr(session, "draw_and_save", drawn_only)
    made = worlds(build, merging)

    def on(notebook: str, world: str) -> dict[str, str]:
        file = study_of(made[world], tmp_path / "in")
        return run_cells(
            notebook, study=str(file), results=str(tmp_path / "in" / "tables"), output=str(tmp_path / "out")
        )

    return on


@pytest.mark.parametrize("notebook", ["04", "05", "08"])
@pytest.mark.parametrize("world", ["a parent not evaluated", "disjoint tasks", "aggregates without n"])
def test_a_notebook_survives_what_is_missing_and_ends_with_its_signature(run, notebook, world):
    shown = run(notebook, world)
    assert "mergekit_eval" in shown["provenance"]
    assert any("Nothing to show:" in text for text in shown.values())


def test_notebook_05_shows_the_rest_of_a_study_without_base(run):
    shown = run("05", "no base")
    assert "no merge has a base here" in shown["base"]
    assert "delta parents" in shown["parents"]
    assert "item changes" in shown["items"]
    assert "no base is known" in shown["forgetting-table"]


def test_notebook_05_shows_merges_of_merges(run):
    shown = run("05", "merges of merges")
    assert "m2" in shown["verdict-table"]
    assert "m1" in shown["retention-table"].splitlines()[0]  # a merge is a parent there


def test_notebook_08_says_that_there_are_no_probes_at_all(run):
    shown = run("08", "no base")
    assert "no minimal-pair task" in shown["probes"]
    assert "no minimal-pair task" in shown["competency"]


def test_every_table_of_notebook_05_is_saved(run, tmp_path):
    run("05", "one parent")
    saved = {path.stem for path in (tmp_path / "out" / "tables").glob("*.csv")}
    assert saved >= {"verdicts", "comparison", "retention", "items", "conflicts", "winners", "costs"}
    assert set(pd.read_csv(tmp_path / "out" / "tables" / "comparison.csv")["merge"]) == {"m"}


def test_the_minimal_pairs_of_the_bundled_example_are_shown(monkeypatch, tmp_path):
    monkeypatch.setattr(session, "draw_and_save", drawn_only)
    shown = run_cells("08", output=str(tmp_path))
    assert "There are no results of Holmes here" in shown["probes"]
    assert "competencies accuracy" in shown["competency"]
    assert me.linguistic_probes(me.open_study("params/demo.yaml", output=tmp_path).collection)["tool"].eq("pairs").all()
