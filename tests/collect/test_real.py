"""Published files; every figure here is computed by a plain second route: json, csv and counting."""

import csv
import json
import math
import os
import re
from pathlib import Path

import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.compare.pairing import pair
from mergekit_eval.registry import load_registry

pytestmark = pytest.mark.real_data
NOT_METRICS = {"alias", "name", "sample_len", "sample_count"}


@pytest.fixture(scope="module")
def folder(real_data):
    made = {}

    def of(name: str, **given):
        key = (name, *sorted(given.items()))
        if key not in made:
            made[key] = collect(real_data / name, **given)
        return made[key]

    return of


def plain_rows(file: Path) -> set[tuple[str, str, str, float]]:
    """Every number of a results block that is no standard error."""
    document = json.loads(file.read_text(encoding="utf-8"))
    blocks = document.get("results", document)
    rows = set()
    for task, block in {**blocks, **(document.get("groups") or {})}.items():
        for key, value in block.items():
            metric, _, filter = key.partition(",")
            if key not in NOT_METRICS and not metric.endswith("_stderr") and isinstance(value, int | float):
                rows.add((task, metric, filter or "none", float(value)))
    return rows


@pytest.mark.parametrize("name", ["lmeval-old", "lmeval-new"])
def test_every_number_of_every_results_file_is_there_and_no_other(folder, real_data, name):
    found = folder(name, rule="all")
    scores = found.scores[(found.scores["tool"] == "lm-eval") & (found.scores["kind"] != "recomputed")]
    read = {file: set(rows.itertuples(index=False, name=None)) for file, rows in scores.groupby("source_file")[
        ["task_name", "metric", "filter", "value"]]}  # fmt: skip
    others = ("code_eval.json", "safety_eval.json")
    files = [p for p in (real_data / name).rglob("*.json") if p.is_file() and p.name not in others]
    assert len(files) > 300
    for file in files:
        assert read.get(str(file), set()) == plain_rows(file), file


@pytest.mark.parametrize("name", ["lmeval-old", "lmeval-new", "samples"])
def test_one_row_per_run_model_task_metric_and_filter(folder, name):
    scores = folder(name).scores
    key = ["run", "model", "task", "metric", "filter", "kind", "aggregate"]
    assert not scores.duplicated(key).any()
    assert not scores["task"].str.contains(r"[*?]").any()
    assert (scores["condition"].str.startswith("as ")).sum() == 0


def test_every_file_is_counted_once(folder, real_data):
    for name in ("lmeval-old", "lmeval-new", "samples"):
        census = folder(name).census
        count = sum(len(files) for _, _, files in os.walk(real_data / name))
        assert census["files"] == count == sum(census[s] for s in ("read", "refused", "unread", "skipped"))


def test_pointers_are_named_one_by_one(folder, real_data):
    home = real_data / "lmeval-new/csabakecskemeti+lm_eval_results"
    pointers = {
        str(p) for p in home.rglob("*") if p.is_file() and p.read_bytes().startswith(b"version https://git-lfs")
    }
    problems = folder("lmeval-new").problems
    assert len(pointers) == 120 and set(problems[problems["kind"] == "pointer"]["file"]) == pointers


def test_winogrande_pair(folder, real_data):
    home = real_data / "samples/EleutherAI+lm-evaluation-harness/pr1567/SlurmEvals"
    plain = {}
    for model, file in (("llama", "llama/winograndeLogs.json"), ("llama13", "llama13/winogrande_write_out_info.json")):
        plain[model] = {r["doc_id"]: r["acc"] == "True" for r in json.loads((home / file).read_text())}
    found = folder("samples")
    scores = found.scores[found.scores["task"] == "winogrande"].set_index("model")["value"]
    small, large = (f"/users/adbt150/archive/Llama-2-{size}-hf" for size in ("7b", "13b"))  # named by a log beside them
    assert round(scores[small], 4) == 0.7380 and round(scores[large], 4) == 0.7616
    pairing = pair(found.items, small, large, "winogrande", "acc")
    won = sum(plain["llama13"][i] and not plain["llama"][i] for i in plain["llama"])
    lost = sum(plain["llama"][i] and not plain["llama13"][i] for i in plain["llama"])
    assert pairing.matched == 1267
    assert int((pairing.b > pairing.a).sum()) == won and int((pairing.a > pairing.b).sum()) == lost


def test_pubmedqa_conditions_stay_apart_and_pair(folder, real_data):
    home = real_data / "samples/raniahtr+lm-evaluation-harness/results/pubmedqa"
    items = folder("samples").items
    mine = items[items["task"] == "pubmedqa_generation"]
    plain = {
        str(p): [json.loads(line)["exact_match"] for line in p.read_text().splitlines()] for p in home.glob("*.jsonl")
    }
    assert mine.groupby("source_file")["value"].apply(list).to_dict() == plain
    assert mine["model"].nunique() == len(plain) == 4
    first, second = sorted(mine["model"].unique())[:2]
    assert pair(items, first, second, "pubmedqa_generation", "exact_match", "strict-match").matched == 500


def test_mergebench_is_one_model_with_its_three_tools(folder):
    found = folder("lmeval-new/uiuctml+MergeBench")
    rows = found.scores.set_index(["task", "metric"])["value"]
    assert found.scores["model"].nunique() == 1 and found.scores["tool"].nunique() == 3
    assert round(rows["ifeval", "prompt_level_strict_acc"], 3) == 0.068
    assert round(rows["humaneval_plus", "pass@1"], 3) == 0.310
    assert round(rows["xstest", "overall_accuracy"], 3) == 0.402
    lineage = found.lineage.iloc[0]
    assert lineage["method"] == "RegMeanPlusPlus" and len(lineage["parents"]) == 5
    # The file's own group row is the mean by items of its seven leaves.
    group = found.scores[(found.scores["task"] == "hendrycks_math") & (found.scores["kind"] == "group")].iloc[0]
    assert group["note"] == "the micro mean of 7 tasks" and group["n"] == 5000


def test_gsm8k_has_two_series_of_a_hundred(folder):
    items = folder("samples").items
    mine = items[(items["task"] == "gsm8k") & (items["model"] == "gpt_oss_20b_mxfp4")]
    assert mine.groupby("filter")["value"].agg(["size", "mean"]).T.to_dict() == {
        "flexible-extract": {"size": 100, "mean": 0.88},
        "strict-match": {"size": 100, "mean": pytest.approx(0.05)},
    }


def test_checkpoints_of_pythia_stay_apart(folder, real_data):
    plain = set()
    for file in (real_data / "lmeval-old/EleutherAI+pythia").rglob("*.json"):
        args = json.loads(file.read_text())["config"]["model_args"]
        name = re.search(r"pretrained=([^,]+)", args)[1]
        revision = re.search(r"revision=([^,]+)", args)
        plain.add(f"{name}@{revision[1]}" if revision else name)
    assert set(folder("lmeval-old/EleutherAI+pythia").scores["model"]) == plain


def test_shots_of_the_japanese_suite(folder):
    scores = folder("lmeval-old/Stability-AI+lm-evaluation-harness").scores
    mine = scores[scores["source_file"].str.endswith("rinna-japanese-gpt-1b/result.json")]
    shots = mine.drop_duplicates("task").set_index("task")["n_shot"].to_dict()
    assert shots["jsquad-1.1-0.2"] == 2 and shots["xwinograd_ja"] == 0 and shots["mgsm"] == 5
    assert set(scores[scores["task"].str.startswith("jsquad")]["scale"]) == {"percent"}


def test_one_folder_two_names_is_warned_of(folder):
    problems = folder("lmeval-new/hitz-zentroa+latxa").problems
    text = " ".join(problems[problems["kind"] == "identity"]["message"])
    assert "meta-llama/Llama-2-7b-hf" in text and "first-release/Llama-2-7b-hf" in text


def test_extrapolated_models_have_the_mmlu_their_files_lack(folder, real_data):
    home = real_data / "lmeval-old/chujiezheng+LLM-Extrapolation/results_lmeval"
    scores = folder("lmeval-old/chujiezheng+LLM-Extrapolation").scores
    macro = scores[(scores["task"] == "mmlu") & (scores["aggregate"] == "macro") & (scores["metric"] == "acc")]
    assert len(macro) == 8
    for row in macro.itertuples():
        results = json.loads(Path(row.source_file).read_text())["results"]
        subjects = [block["acc"] for task, block in results.items() if task.startswith("hendrycksTest-")]
        assert len(subjects) == 57 and row.value == pytest.approx(math.fsum(subjects) / 57)
    assert home.is_dir()


def test_counts_recovered_from_errors_are_the_counts_of_the_data(folder):
    scores = folder("lmeval-old/chujiezheng+LLM-Extrapolation").scores
    mine = scores[scores["n_from"] == "recovered"]
    known = {"arc_challenge": 1172, "hellaswag": 10042, "winogrande": 1267, "gsm8k": 1319, "mmlu_anatomy": 135}
    for task, n in known.items():
        assert set(mine[mine["task"] == task]["n"]) == {n}, task


def test_facts_about_item_counts_are_those_the_published_errors_give(folder):
    scores = folder("lmeval-old").scores
    recovered = scores[scores["n_from"] == "recovered"].groupby("task")["n"].unique()
    facts = load_registry()
    checked = 0
    for task, counts in recovered.items():
        known = facts.lookup("lm-eval", task, "acc").n
        if known is not None:
            checked += 1
            assert list(counts) == [known], task
    assert checked > 20


def test_leaderboard_table_reads_its_inverted_flag_and_its_merges(folder, real_data):
    file = real_data / "leaderboards/fboulnois+llm-leaderboard-csv/csv/huggingface_v2.csv"
    with file.open(encoding="utf-8", newline="") as handle:
        plain = list(csv.DictReader(handle))
    found = folder("leaderboards/fboulnois+llm-leaderboard-csv")
    mine = found.scores[found.scores["source_file"] == str(file)]
    raw = mine[(mine["task"] == "leaderboard_ifeval") & (mine["metric"] == "raw")]
    assert sorted(raw["value"]) == sorted(float(row["evaluations_ifeval_value"]) for row in plain)
    assert (raw["note"] == "not on the hub").sum() == sum(
        row["features_is_not_available_on_hub"] == "FALSE" for row in plain
    )
    assert (raw["merge_method"] != "").sum() == sum(row["features_is_merged"] == "TRUE" for row in plain)
