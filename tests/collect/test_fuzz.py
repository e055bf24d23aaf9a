"""Damaged files of every shape: each ends as rows or as a problem, and nothing appears that the file does not hold.

A few hundred files by default; ``MERGEKIT_EVAL_FUZZ=10000 pytest tests/collect/test_fuzz.py`` for the long run.
"""

import json
import math
import os
import re
import runpy
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mergekit_eval.collect.folders import collect, read_tables, write_tables

PER_FOLDER = 20
FOLDERS = max(int(os.environ.get("MERGEKIT_EVAL_FUZZ", "300")) // PER_FOLDER, 1)
STAMP = "2025-01-02T03-04-05.000001"
TOKENS = [b"9" * 400, b"[" * 3000, b'"acc,none": 7, ', b"\\ud800", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28"]
TOKENS += [token.encode() for token in ("NaN", "-Infinity", "1e999", "-0", "null", "true", '"x"', "[]", "{}")]
TOKENS += [token.encode() for token in '\n,}":|']
JSONS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["\ud800", "a\udfff\ud800b", {"\ud800": "\udc00"}, ["\udbff"], "\x00\x1b"]),
    st.lists(st.integers(0, 9), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(0, 9), max_size=3),
)
KEYS = st.one_of(st.none(), st.sampled_from(["", "\ud800", "acc,\udfff", "\x00", "all"]))
NAMES = [
    f"results_{STAMP}.json", f"samples_boolq_{STAMP}.jsonl", "results.json", "x.jsonl", "a\nb.json",
    "p" * 240 + ".json",
    "..hidden.json", "deep/er/results_1.json", "quote'\".json", "ünï.jsonl", "x_write_out_info.json", "leader.csv",
    "holmes-x/a__m/full/NONE/10/0/0/done/metrics.csv", "details/a/m/x.parquet", "all.json", "gpt-4_single.jsonl",
    "mergekit_config.yml", "README.md", "sum;rm -rf.json", "%s{}.json",
]  # fmt: skip


def originals(shapes) -> list[bytes]:
    block = {"acc,none": 0.5, "acc_stderr,none": 0.1, "acc_norm,none": 0.625}
    grouped = shapes.today("m", {"g": {"acc,none": 0.75}, "a": {"acc,none": 0.5}, "b": {"acc,none": 1.0}})
    grouped["group_subtasks"] = {"g": ["a", "b"]}
    documents = [
        shapes.flat("a/m", {"boolq": {"acc": 0.5, "acc_stderr": 0.1}, "hendrycksTest-x": {"acc": 0.25}}, [1, 2]),
        shapes.early("a/m", {"boolq": block}),
        shapes.today("a/m", {"boolq": block}, args={"pretrained": "a/m", "revision": "step1"}),
        grouped,
        {"lambada_openai": block},
        {
            "results": {"harness|arc:challenge|25": {"acc_norm": 0.5}},
            "versions": {"all": 0},
            "config": {"model_name": "a"},
        },
        {"results": {"2024": {"boolq": {"acc": 1}}}, "versions": {}, "config": {}},
        shapes.today("a/m", {"boolq": block}, samples={"boolq": shapes.rows([1, 0, 0.5, True])}),
    ]
    rows = shapes.rows([1, 0, 0.5, True]) + shapes.rows([[True, False]], "inst_level_strict_acc")
    old = [{"doc_id": "0", "prompt_0": "q", "truth": 1, "acc": "True"}]
    texts = [
        "".join(json.dumps(row) + "\n" for row in rows),
        json.dumps([{k: v for k, v in row.items() if not k.endswith("hash")} for row in rows[:2]], indent=1),
        json.dumps(old),
        "fullname,Precision,ARC,HellaSwag,MMLU,TruthfulQA,Winogrande,GSM8K\na/b,bfloat16,50,60,70,80,90,10\n",
        "merge_method: ties\nbase_model: a\nmodels:\n- model: a\n- model: {model: {path: b}}\n",
        "---\ntags: [merge]\nbase_model: [a, b]\n---\n# hi\n",
    ]
    own = [json.dumps(d, indent=i % 2 or None).encode() for i, d in enumerate(documents)] + [t.encode() for t in texts]
    others = runpy.run_path(str(Path(__file__).with_name("originals.py")))["others"]
    return own + others()


@st.composite
def damaged(draw, sources: list[bytes]) -> bytes:
    data = draw(st.sampled_from(sources))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(data)))
        end = min(len(data), place + draw(st.integers(0, 12)))
        kind = draw(st.sampled_from(["cut", "token", "json", "repeat", "drop", "utf16", "swap"]))
        if kind == "cut":
            data = data[:place]
        elif kind == "token":
            data = data[:place] + draw(st.sampled_from(TOKENS)) + data[end:]
        elif kind == "json":
            data = _other_value(data, draw(st.integers(0, 10**6)), draw(JSONS), draw(KEYS))
        elif kind == "repeat":
            data = data[:end] + data[place:]
        elif kind == "drop":
            data = data[:place] + data[end:]
        elif kind == "swap":
            data = data[place:] + data[:place]
        else:
            data = data.decode("utf-8", "replace").encode("utf-16")
    return data[:200_000]


def _other_value(data: bytes, number: int, value: object, name: str | None) -> bytes:
    """Replace one value somewhere in a JSON text by another, or give it another key."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return data
    places = []
    todo = [document]
    while todo:
        one = todo.pop()
        inner = one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        for key, below in inner:
            places.append((one, key))
            todo.append(below)
    if places:
        parent, key = places[number % len(places)]
        if name is not None and isinstance(parent, dict):
            parent[name] = parent.pop(key)
        else:
            parent[key] = value
    return json.dumps(document).encode("utf-8", "backslashreplace")


def numbers(data: bytes) -> set[float]:
    """Every number that stands anywhere in a file, found by its spelling alone."""
    text = data.decode("utf-8", "replace")
    found = {float(token) for token in re.findall(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", text)}
    return found | {float(token) for token in re.findall(r"-?Infinity", text)}


def snapshot(folder: Path) -> set[tuple[str, int]]:
    return {(str(path), path.lstat().st_mtime_ns) for path in folder.rglob("*")}


@pytest.fixture
def sources(shapes) -> list[bytes]:
    return originals(shapes)


@pytest.mark.slow
@settings(
    max_examples=FOLDERS,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_damaged_file_ends_as_rows_or_as_a_problem(sources, data):
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        lab, out = home / "lab", home / "out"
        for number in range(PER_FOLDER):
            path = lab / str(number % 4) / data.draw(st.sampled_from(NAMES))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data.draw(damaged(sources)))
        count = sum(path.is_file() for path in lab.rglob("*"))
        before = snapshot(lab)
        found = collect(lab, workers=1)
        write_tables(found, out)
        again = read_tables(out)

        assert snapshot(lab) == before and {p.name for p in home.iterdir()} == {"lab", "out"}
        census = found.census
        assert census["files"] == count == sum(census[s] for s in ("read", "refused", "unread", "skipped"))
        assert census["refused"] + census["unread"] <= len(found.problems)
        assert len(again.scores) == len(found.scores) and len(again.items) == len(found.items)
        for file, rows in found.scores[found.scores["kind"] != "recomputed"].groupby("source_file"):
            if (
                rows["n_from"].ne("items").all()
                and file.endswith(".json")
                and not rows["note"].str.contains("mean").any()
            ):
                data = Path(file).read_bytes()
                if data.startswith(b"PAR1"):
                    continue
                held = numbers(data)
                assert all(math.isnan(value) or value in held for value in rows["value"]), (
                    file,
                    rows["value"].tolist(),
                )


def test_folders_links_and_names_that_are_no_files(lab, shapes):
    lab.put("x.jsonl/results.json", shapes.today("m", {"boolq": {"acc,none": 0.5}}))
    (lab.folder / "loop").symlink_to(lab.folder, target_is_directory=True)
    (lab.folder / "self.json").symlink_to(lab.folder / "self.json")
    (lab.folder / "gone.json").symlink_to(lab.folder / "nowhere")
    os.mkfifo(lab.folder / "pipe.json")
    (Path(os.fsdecode(os.fsencode(lab.folder) + b"/bad\xff\xfename.json"))).write_text("{}")
    found = lab.collect()
    assert len(found.scores) == 1
    assert (found.census["files"], found.census["unread"], found.census["skipped"]) == (5, 3, 1)
    found.problems["file"].str.encode("utf-8")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_a_problem(lab):
    lab.put("secret.json", "{}").chmod(0)
    assert lab.collect().census["unread"] == 1
