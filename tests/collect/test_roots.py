from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from mergekit_eval.collect import roots

ROOT = Path("/data/lab")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], None),
        ([("/data/lab/a/x.json", "a/x.json")], "/data/lab"),
        ([("/data/lab/a\udcffx", "a?x"), ("/data/lab/b/y.json", "b/y.json")], "/data/lab"),  # the first tells nothing
        ([("/data/lab/a\udcff", "a?"), ("/data/lab/b\udcff", "b?")], "/data"),
    ],
)
def test_the_root_is_what_the_paths_have_before_their_names(files, expected):
    assert roots.common_root(files) == (None if expected is None else Path(expected))


def test_a_path_below_the_root_loses_it_and_a_neighbour_of_like_name_does_not():
    assert roots.cut("/data/lab/a/x.json", ROOT) == "a/x.json"
    assert roots.cut("/data/lab2/x.json", ROOT) == "/data/lab2/x.json"
    assert roots.cut("/data/lab/x", Path("/")) == "data/lab/x"


def test_tables_become_relative_and_full_again():
    paths = ["/data/lab/a/x.json", "/elsewhere/y.json", ""]
    frame = pd.DataFrame({"source_file": paths, "value": [1.0, 2.0, 3.0]})
    short = roots.relative(frame, "scores", ROOT)
    assert short["source_file"].tolist() == ["a/x.json", "/elsewhere/y.json", ""]
    assert frame["source_file"].tolist() == paths  # nothing is changed in place
    full = roots.resolved(pa.Table.from_pandas(short), "scores", Path("/moved"))
    assert full["source_file"].to_pylist() == ["/moved/a/x.json", "/elsewhere/y.json", ""]
    bare = pa.table({"value": [1.0]})
    assert roots.resolved(bare, "scores", ROOT) is bare


def test_sentences_name_files_relative_to_the_root():
    frame = pd.DataFrame({"message": ["measured again in /data/lab/a/x.json and /data/lab/b.json", "nothing"]})
    found = roots.without(frame, ["message"], ROOT)["message"].tolist()
    assert found == ["measured again in a/x.json and b.json", "nothing"]


def test_the_way_to_the_root_survives_a_move_of_the_whole_workspace():
    kept = roots.recorded(Path("/one/results"), Path("/one/outputs/s/tables"))
    schema = pa.schema([], metadata=kept)
    assert roots.root_of(schema, Path("/other/place/outputs/s/tables")) == Path("/other/place/results")
    assert roots.root_of(pa.schema([]), Path("/one")) is None
