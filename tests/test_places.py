"""What is written says nothing of the machine it was written on."""

import json
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from mergekit_eval.collect.folders import collect, item_text, read_tables, write_tables
from mergekit_eval.opening import open_study
from mergekit_eval.places import Places

WORKSPACE = Path("/data/lab/study")


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("/data/lab/study/outputs/a.csv", "outputs/a.csv"),
        ("/data/lab/study/harness: cannot be read, see /data/lab/other/x", "harness: cannot be read, see other/x"),
        ("read in '/data/lab/study'.", "read in '.'."),
        ("/data/lab/study-2/x", "study-2/x"),
        ("https://host/data/lab/study/x", "https://host/data/lab/study/x"),
        ("org/model", "org/model"),
        ("a/data/lab/study/x", "a/data/lab/study/x"),
        (f"{Path.home()}/runs/x", "~/runs/x"),
        (f"log: {tempfile.gettempdir()}/tmpabc/x", "log: (temporary folder)/tmpabc/x"),
        ("/etc/elsewhere", "/etc/elsewhere"),
    ],
)
def test_paths_start_at_the_deepest_folder_that_is_known(text, short):
    assert Places([WORKSPACE, WORKSPACE.parent]).text(text) == short


def test_values_and_frames_are_gone_through_and_what_is_no_text_stays():
    places = Places([WORKSPACE])
    assert places.values({"study": WORKSPACE / "params/a.yaml", "results": "/srv/all/results", "n": [1, None]}) == {
        "study": "params/a.yaml", "results": "…/results", "n": [1, None],
    }  # fmt: skip
    frame = pd.DataFrame(
        {"file": ["/data/lab/study/a", None], "n": [1, 2], "parents": [("a", "/data/lab/study/b")] * 2}
    )
    out = places.frame(frame)
    assert out["file"].tolist()[0] == "a" and pd.isna(out["file"].tolist()[1])
    assert out["n"].tolist() == [1, 2]
    assert places.frame(frame[["n"]]) is not None


def harness(folder: Path, model: str, values: list[float]) -> None:
    """One lm-eval run of a model with its samples."""
    place = folder / model
    place.mkdir(parents=True)
    stamp = "2025-01-01T00-00-00.000000"
    score = {"acc,none": sum(values) / len(values), "acc_stderr,none": 0.05, "alias": "boolq"}
    told = {"results": {"boolq": score}, "n-samples": {"boolq": {"original": len(values), "effective": len(values)}},
            "config": {"model": "hf", "model_args": f"pretrained={folder.parent / 'models' / model}"},
            "versions": {"boolq": 2}, "configs": {"boolq": {"task": "boolq", "metric_list": [{"metric": "acc"}]}},
            "higher_is_better": {"boolq": {"acc": True}}, "n-shot": {"boolq": 0}}  # fmt: skip
    (place / f"results_{stamp}.json").write_text(json.dumps(told))
    rows = [
        {"doc_id": i, "doc": {"question": f"question {i}"}, "target": "1", "arguments": [["a"]], "resps": [["1"]],
         "filtered_resps": ["1"], "doc_hash": f"h{i}", "prompt_hash": f"p{i}", "target_hash": "t", "acc": value}
        for i, value in enumerate(values)
    ]  # fmt: skip
    (place / f"samples_boolq_{stamp}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    place = tmp_path / "home" / "ann" / "ws"
    for at, model in enumerate(("base", "a", "b", "merged")):
        harness(place / "outputs" / "s" / "harness", model, [float((i + at) % (at + 2) > 0) for i in range(60)])
    (place / "outputs" / "s" / "harness" / "broken.json").write_text('{"results": ')
    (place / "params").mkdir()
    (place / "params" / "s.yaml").write_text(
        "study: s\nmodels:\n  base: {path: org/base, role: base}\n  a: {path: org/a, role: parent}\n"
        "  b: {path: org/b, role: parent}\nmerges:\n  merged: {method: linear, parents: [a, b], "
        "parameters: {weight: 0.5}}\n"
    )
    monkeypatch.chdir(place)
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "ann"))
    return place


def test_tables_on_disk_are_relative_and_read_back_whole(workspace, tmp_path):
    found = collect(workspace / "outputs" / "s" / "harness")
    write_tables(found, tmp_path / "tables")
    bare = pd.read_parquet(tmp_path / "tables" / "items.parquet")
    assert set(bare["source_file"]) == {
        f"{model}/samples_boolq_2025-01-01T00-00-00.000000.jsonl" for model in ("base", "a", "b", "merged")
    }
    assert not pd.read_parquet(tmp_path / "tables" / "scores.parquet")["source_file"].str.startswith("/").any()
    assert pd.read_parquet(tmp_path / "tables" / "problems.parquet")["file"].tolist() == ["broken.json"]
    again = read_tables(tmp_path / "tables")
    for name in ("scores", "items", "problems"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))
    row = again.items[again.items["model"].str.endswith("merged")].iloc[3]
    assert item_text(row)["doc"] == {"question": "question 3"}


def test_tables_passed_on_from_the_cache_find_their_files_too(workspace, tmp_path):
    found = collect(workspace / "outputs" / "s" / "harness", cache_dir=tmp_path / "deep" / "down" / "cache")
    write_tables(found, tmp_path / "tables")
    row = read_tables(tmp_path / "tables").items.iloc[0]
    assert item_text(row)["doc"] == {"question": "question 0"}
    schema = pq.read_schema(tmp_path / "tables" / "scores.parquet")
    assert str(tmp_path).encode() not in b"".join(schema.metadata.values())


def test_a_workspace_that_was_moved_still_finds_its_texts(workspace, tmp_path):
    write_tables(collect(workspace / "outputs" / "s" / "harness"), workspace / "outputs" / "s" / "tables")
    moved = tmp_path / "elsewhere"
    workspace.rename(moved)
    row = read_tables(moved / "outputs" / "s" / "tables").items.iloc[0]
    assert row["source_file"].startswith(str(moved)) and item_text(row)["doc"] == {"question": "question 0"}


@pytest.mark.slow
def test_no_file_of_a_study_names_the_folders_of_this_machine(workspace, tmp_path):
    import mergekit_eval as me

    given = {
        "alpha": 0.05,
        "results": str(tmp_path / "home" / "bob" / "results"),
        "study": workspace / "params" / "s.yaml",
    }
    lab = open_study(workspace / "params" / "s.yaml", parameters=given)
    scores = me.score_table(lab.collection)
    assert scores["source_file"].str.startswith(str(workspace)).all()
    lab.save_table(scores, "score_table")
    shown = [lab.figure("scores", me.plots.score_grid, scores), lab.show(scores), lab.say(f"see {lab.output}"), lab]
    shown += [lab.show(me.problems_read(lab.collection.problems)), lab.missing(f"nothing in {workspace}")]
    page = me.write_report(lab)
    lab.write_manifest()
    assert "outputs/s/tables" in lab.say(f"{lab.output / 'tables'}").text
    words = (str(tmp_path), str(Path.home()), tempfile.gettempdir())
    for text in [repr(one) for one in shown] + [one._repr_html_() for one in shown] + [lab.signature()]:
        assert not any(word in text for word in words), text[:300]
    written = [
        path for path in lab.output.rglob("*") if path.suffix in (".csv", ".json", ".html", ".tex", ".md", ".svg")
    ]
    made = [path for path in written if not {"harness", "cache"} & set(path.relative_to(lab.output).parts)]
    assert {page, lab.output / "manifest.json", lab.output / "figures" / "scores.json"} <= set(made)
    for path in made:
        assert not any(word in path.read_text(encoding="utf-8") for word in words), path
    about = json.loads((lab.output / "figures" / "scores.json").read_text())["provenance"]["parameters"]
    assert about["study"] == "params/s.yaml"
    assert about["results"].endswith("/results") and not about["results"].startswith("/")
    for name in ("scores", "items", "problems"):
        for column in pd.read_parquet(lab.output / "tables" / f"{name}.parquet").select_dtypes(exclude="number"):
            texts = pd.read_parquet(lab.output / "tables" / f"{name}.parquet")[column].astype(str)
            if column != "model_name":  # what the harness was given, as its file says it
                assert not texts.str.contains("|".join(words), regex=True).any(), column
