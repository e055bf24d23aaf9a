"""Published files of inspect_ai, HELM, every_eval_ever, EuroEval and BigCodeBench against a plain reading of them."""

import csv
import html
import json
import math
import re
import zipfile

import pytest

from mergekit_eval.collect.folders import collect

pytestmark = pytest.mark.real_data
OWNERS = ("UKGovernmentBEIS+inspect_ai", "evaleval+every_eval_ever", "EuroEval+leaderboards",
          "bigcode-bench+bigcode-bench.github.io")  # fmt: skip


@pytest.fixture(scope="module")
def found(real_data):
    folders = [real_data / "other-tools" / owner for owner in OWNERS]
    if missing := [folder.name for folder in folders if not folder.is_dir()]:
        pytest.skip(f"not beside this checkout: {missing}")
    return collect(folders, rule="all")


def of_tool(found, tool):
    return found.scores[found.scores["tool"] == tool]


def headers(folder):
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".eval":
            with zipfile.ZipFile(path) as file:
                yield path, json.loads(file.read("header.json"))
        elif path.is_file():
            document = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(document, dict) and "model" in document.get("eval", {}):
                yield path, document


def test_every_score_of_every_log_of_inspect(found, real_data):
    read = {(row.source_file, row.metric): row for row in of_tool(found, "inspect-ai").itertuples()}
    seen = 0
    for owner in OWNERS[:2]:
        for path, header in headers(real_data / "other-tools" / owner):
            results = header["results"]
            for block in results.get("scores") or results.get("scorers") or [results]:
                for name, metric in block["metrics"].items():
                    if name in ("stderr", "bootstrap_std"):
                        continue
                    row = read[str(path), name]
                    assert row.value == metric["value"] or (math.isnan(row.value) and math.isnan(metric["value"]))
                    assert row.model == header["eval"]["model"]
                    seen += 1
    assert seen == len(read) == 17


def test_samples_of_inspect_are_what_their_logs_reduced_them_to(found, real_data):
    graded = {"C": 1.0, "I": 0.0}
    items = found.items[found.items["source_file"].str.endswith(".eval")]
    for path in sorted((real_data / "other-tools" / OWNERS[0]).rglob("*.eval")):
        epochs = {}
        with zipfile.ZipFile(path) as file:
            for name in file.namelist():
                if name.startswith("samples/"):
                    sample = json.loads(file.read(name))
                    (score,) = sample["scores"].values()
                    epochs.setdefault(str(sample["id"]), []).append(graded[score["value"]])
        mine = items[items["source_file"] == str(path)].set_index("doc_id")["value"]
        assert dict(mine) == {name: sum(values) / len(values) for name, values in epochs.items()}


def test_every_stat_of_helm_that_is_read_is_the_file_s(found, real_data):
    read = of_tool(found, "helm")
    for path in sorted((real_data / "other-tools" / OWNERS[1]).rglob("stats.json")):
        stats = json.loads(path.read_text(encoding="utf-8"))
        plain = [(stat["name"], stat.get("mean")) for stat in stats if "perturbation" not in stat["name"]]
        means = {(name["name"], name["split"]): mean for name, mean in plain}
        mine = read[read["source_file"] == str(path)]
        assert len(mine) > 10
        assert all(means[row.metric, row.filter] == row.value for row in mine.itertuples())


def test_every_result_of_every_eval_ever(found, real_data):
    read = of_tool(found, "every_eval_ever")
    expected = set()
    for path in sorted((real_data / "other-tools" / OWNERS[1]).rglob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for result in document.get("evaluation_results", []) if isinstance(document, dict) else []:
            score, config = result["score_details"]["score"], result["metric_config"]
            expected.add((str(path), result["evaluation_name"], score, not config["lower_is_better"]))
    assert len(expected) == 22
    assert (
        set(read[["source_file", "task_name", "value", "higher_is_better"]].itertuples(index=False, name=None))
        == expected
    )


def test_every_cell_of_the_leaderboards_of_euroeval(found, real_data):
    read = of_tool(found, "euroeval")
    for path in sorted((real_data / "other-tools" / OWNERS[2]).rglob("*_all.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            _, names, *rows = [[html.unescape(re.sub("<[^>]*>", "", c)) for c in row] for row in csv.reader(file)]
        expected = []
        for row in rows:
            for name, cell in zip(names, row, strict=True):
                for value in re.findall(r"(-?\d+\.\d+) ± \d", cell):
                    expected.append((re.sub(r" \([^()]*\)$", "", row[0]), name.replace("_", "-"), float(value)))
        mine = read[read["source_file"] == str(path)]
        assert len(expected) > 4000
        assert sorted(mine[["model", "task", "value"]].itertuples(index=False, name=None)) == sorted(expected)


def test_every_score_of_the_leaderboard_of_bigcodebench(found, real_data):
    board = json.loads((real_data / "other-tools" / OWNERS[3] / "results-hard.json").read_text(encoding="utf-8"))
    expected = [(name, f"bigcodebench_hard_{split}", value) for name, entry in board.items()
                for split, value in entry["pass@1"].items() if value is not None]  # fmt: skip
    mine = of_tool(found, "bigcodebench")
    assert sorted(mine[["model_name", "task", "value"]].itertuples(index=False, name=None)) == sorted(expected)


def test_what_is_not_read_is_named(found, real_data):
    files = (path for owner in OWNERS for path in (real_data / "other-tools" / owner).rglob("*"))
    assert found.census["files"] == sum(path.is_file() for path in files)
    left = found.problems[found.problems["kind"].isin(["unread", "refused"])]
    assert sorted(left["file"].str.rpartition("/")[2]) == [
        "api_payload.json",
        "danish_all_simplified.csv",
        "dutch_all_simplified.csv",
        "english_all_simplified.csv",
        "finance_agent_payload.json",
    ]
