"""Logs of inspect_ai: both forms, epochs, grades, runs that did not end, and zip files that are bombs or damaged."""

import json
import math
import random
import zipfile

import pytest

from mergekit_eval.collect.folders import collect
from mergekit_eval.collect.item_text import rows_of
from mergekit_eval.readers import _archive, _inspect

METRICS = {"accuracy": {"name": "accuracy", "value": 0.5, "params": {}}, "stderr": {"name": "stderr", "value": 0.25}}


def header(value=0.5, n=2, epochs=1, status="success", scores=None, **told):
    block = {"name": "match", "scorer": "match", "scored_samples": n, "unscored_samples": 0,
             "metrics": METRICS | {"accuracy": {"name": "accuracy", "value": value}}}  # fmt: skip
    told = {"task": "suite/sums", "task_version": 2, "model": "hf/org/M", "created": "2025-05-12T20:28:13-04:00",
            "dataset": {"name": "sums", "samples": 100}, "config": {"limit": 10, "epochs": epochs},
            "packages": {"inspect_ai": "0.3.95"}, "model_args": {"torch_dtype": "float16"}} | told  # fmt: skip
    results = {"total_samples": n * epochs, "completed_samples": n * epochs, "scores": scores or [block]}
    plan = {"steps": [{"solver": "generate", "params": {}}], "config": {"temperature": 0.5, "max_connections": 9}}
    return {"version": 2, "status": status, "eval": told, "plan": plan, "results": results}


def sample(name, value, epoch=1, **more):
    return {"id": name, "epoch": epoch, "input": f"what is {name}?", "target": "x",
            "scores": {"match": {"value": value, "answer": "a"}}} | more  # fmt: skip


def log(samples, **told):
    return header(**told) | {"samples": samples}


def zipped(path, parts, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as file:
        for name, content in parts.items():
            file.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def parts_of(samples, **told):
    named = {f"samples/{s['id']}_epoch_{s['epoch']}.json": s for s in samples}
    return {"_journal/start.json": {"eval": {}}, **named, "summaries.json": [], "header.json": header(**told)}


def test_a_log_names_model_task_settings_and_items(look, write):
    out = look(write("log.json", log([sample("a", "C"), sample("b", "I")])))
    row = out.scores[0]
    assert (out.reader, row["model"], row["task_name"], row["task_version"]) == (
        "inspect_ai",
        "org/M",
        "suite/sums",
        "2",
    )
    assert (row["metric"], row["filter"], row["value"], row["stderr"], row["n"]) == ("accuracy", "match", 0.5, 0.25, 2)
    assert (row["primary"], row["limit"], row["tool_version"]) == (True, 10, "0.3.95")
    assert row["gen_kwargs"] == '{"temperature":0.5}'
    assert json.loads(row["settings"]) == {"torch_dtype": "float16", "provider": "hf", "solver": "generate"}
    assert row["date"] == 1747096093
    assert sorted(out.items()) == [0, 1]
    assert out.problems == []


def test_both_forms_of_one_run_are_one_measurement_and_pair(write, tmp_path):
    samples = [sample("a", "C"), sample("b", "I")]
    write("one/log.json", log(samples))
    zipped(tmp_path / "one" / "log.eval", parts_of(samples))
    other = [sample("b", "C"), sample("a", "C")]
    (tmp_path / "two").mkdir()
    zipped(tmp_path / "two" / "log.eval", parts_of(other, value=1.0, model="hf/org/N"))
    found = collect(tmp_path)
    assert list(found.scores["value"]) == [0.5, 1.0]
    keys = found.items.groupby("model")["item_key"].agg(sorted)
    assert keys["org/M"] == keys["org/N"]
    line = int(found.items.set_index(["model", "doc_id"]).loc[("org/N", "b"), "line"])
    assert rows_of(str(tmp_path / "two" / "log.eval"), [line])[line]["input"] == "what is b?"


def test_the_text_of_an_item_in_a_json_log(write):
    path = write("log.json", log([sample("a", "C"), sample("b", "I")]))
    assert rows_of(str(path), [1])[1]["id"] == "b"


def test_epochs_become_one_item(look, write):
    tries = [sample("a", "C"), sample("a", "I", 2), sample("b", "C"), sample("b", "C", 2)]
    out = look(write("log.json", log(tries, value=0.75, epochs=2)))
    assert sorted(out.items()) == [0.5, 1.0]
    assert out.scores[0]["n"] == 2


def test_a_log_keeps_how_it_reduced_its_epochs(look, write):
    tries = [sample("a", "C"), sample("a", "I", 2), sample("b", "I"), sample("b", "I", 2)]
    block = {"name": "match", "scorer": "match", "reducer": "at_least_1", "scored_samples": 2,
             "metrics": {"accuracy": {"value": 0.5}}}  # fmt: skip
    reduced = [{"scorer": "match", "reducer": "at_least_1",
                "samples": [{"sample_id": "a", "value": 1.0}, {"sample_id": "b", "value": 0}]}]  # fmt: skip
    kept = look(write("a.json", log(tries, epochs=2, scores=[block]) | {"reductions": reduced}))
    assert (sorted(kept.items()), kept.scores[0]["filter"]) == ([0, 1], "match,at_least_1")
    lost = look(write("b.json", log(tries, epochs=2, scores=[block])))
    assert (lost.items(), lost.problems) == ([], ["note"])


@pytest.mark.parametrize(
    ("value", "score"),
    [("C", 1), ("I", 0), ("P", 0.5), ("N", 0), (True, 1), (False, 0), (0.25, 0.25), (3, 3), ("0.5", 0.5), ("yes", 1),
     ("No", 0), ("true", 1), ("correct-ish", None), (float("nan"), None), ([1], None), ({"a": 1}, None), (None, None),
     ("c", None), ("nan", None), ("1_0", None)],
)  # fmt: skip
def test_grades(value, score):
    assert _inspect.grade(value) == score


def test_an_unreadable_grade_is_named_and_not_zero(look, write):
    out = look(write("log.json", log([sample("a", "C"), sample("b", "maybe")], value=1.0)))
    assert out.items() == [1]
    assert out.problems == ["bad-value", "incomplete"]


def test_a_scorer_with_several_scores(look, write):
    values = [{"truth": 1.0, "style": 0.25}, {"truth": 0.0, "style": 0.75}]
    blocks = [{"name": name, "scorer": "judge", "scored_samples": 2, "metrics": {"mean": {"value": 0.5}}}
              for name in ("truth", "style")]  # fmt: skip
    rows = [sample(f"s{n}", None) | {"scores": {"judge": {"value": value}}} for n, value in enumerate(values)]
    out = look(write("log.json", log(rows, scores=blocks)))
    assert [row["filter"] for row in out.scores] == ["judge,truth", "judge,style"]
    assert sorted(out.items(filter="judge,style")) == [0.25, 0.75]
    assert [row["primary"] for row in out.scores] == [True, False]
    assert "mean,judge,truth" in out.readout.problems[0]["message"]


def test_a_named_headline_stands_for_the_task(look, write):
    blocks = [{"name": name, "scorer": name, "scored_samples": 2, "metrics": {"accuracy": {"value": 0.5}}}
              for name in ("match", "includes")]  # fmt: skip
    document = header(scores=blocks)
    document["results"]["headline"] = {"scorer": "includes", "metric": "accuracy"}
    out = look(write("log.json", document))
    assert [row["filter"] for row in out.scores if row["primary"]] == ["includes"]


def test_spread_is_no_score_and_one_sample_has_no_error(look, write):
    metrics = METRICS | {"std": {"value": 0.3}, "stderr": {"value": 0.0}}
    block = {"name": "match", "scorer": "match", "scored_samples": 1, "metrics": metrics}
    out = look(write("log.json", header(n=1, scores=[block])))
    assert [row["metric"] for row in out.scores] == ["accuracy"]
    assert math.isnan(out.scores[0]["stderr"])


def test_samples_that_contradict_the_score_are_left_out(look, write):
    out = look(write("log.json", log([sample("a", "C"), sample("b", "C")])))
    assert (out.items(), out.problems) == ([], ["disagreement"])


def test_nan_is_kept_and_named(look, write):
    out = look(write("log.json", header(value=math.nan)))
    assert math.isnan(out.scores[0]["value"])
    assert out.problems == ["not-finite"]


def test_old_logs_name_one_scorer(look, write):
    old = header() | {"version": 1, "results": {"scorer": {"name": "match"}, "metrics": METRICS}}
    row = look(write("log.json", old | {"samples": [sample("a", "C") | {"scores": None, "score": {"value": "C"}}]}))
    assert (row.scores[0]["value"], row.scores[0]["filter"]) == (0.5, "match")
    assert row.items() == []


@pytest.mark.parametrize("status", ["started", "error", "cancelled"])
def test_a_run_without_results_is_refused_with_its_error(look, write, status):
    document = header(status=status) | {"results": None, "error": {"message": "out of memory"}}
    out = look(write("log.json", document))
    assert out.status == "refused"
    assert status in out.why
    assert "out of memory" in out.why


def test_an_invalid_log_is_refused(look, write):
    out = look(write("log.json", header() | {"invalidated": True}))
    assert (out.status, "invalid" in out.why) == ("refused", True)


def test_a_cancelled_run_with_results_is_incomplete(look, write):
    document = header(status="cancelled")
    document["results"] |= {"total_samples": 9}
    out = look(write("log.json", document))
    assert (out.status, out.problems) == ("read", ["incomplete"])
    assert "2 of 9" in out.readout.problems[0]["message"]


def test_samples_stopped_by_errors_and_limits_are_counted(look, write):
    rows = [sample("a", "C", limit={"type": "message", "limit": 50}), sample("b", "I", error={"message": "x"})]
    out = look(write("log.json", log(rows)))
    assert out.problems == ["incomplete", "note"]
    assert "1 at the limit on message" in out.readout.problems[1]["message"]


def test_a_limit_that_took_nothing_away_is_none(look, write):
    out = look(write("log.json", header(dataset={"samples": 10})))
    assert math.isnan(out.scores[0]["limit"])


def test_attached_questions_are_the_questions(look, write):
    held = sample("a", "C") | {"input": "attachment://12", "attachments": {"12": "what is a?"}}
    one = look(write("a.json", log([held, sample("b", "I")])))
    two = look(write("b.json", log([sample("a", "C"), sample("b", "I")])))
    assert one.readout.items["item_key"] == two.readout.items["item_key"]
    lost = look(write("c.json", log([sample("a", "C") | {"input": "attachment://0"}, sample("b", "I")])))
    assert lost.readout.items["item_key"][0].as_py() == "id:a"


def test_a_list_of_logs_is_no_result(look, write):
    out = look(write("logs.json", {"a.eval": header(), "b.eval": header()}))
    assert out.status == "skipped"


@pytest.mark.parametrize(
    ("model", "args", "name"),
    [("openai/gpt-4o", {}, "openai/gpt-4o"), ("vllm/org/M", {}, "org/M"), ("hf/local", {"model_path": "./m/"}, "m"),
     ("hf/org/M", {"revision": "v2"}, "org/M@v2"), ("mockllm/model", {}, "mockllm/model")],
)  # fmt: skip
def test_who_was_evaluated(look, write, model, args, name):
    out = look(write("log.json", header(model=model, model_args=args)))
    assert out.scores[0]["model"] == name


def test_a_run_that_is_not_over_has_no_header(look, tmp_path):
    out = look(zipped(tmp_path / "a.eval", {"_journal/start.json": {}, "samples/a_epoch_1.json": sample("a", "C")}))
    assert (out.status, "eval-retry" in out.why) == ("refused", True)


def test_large_samples_in_parts_are_read(look, tmp_path):
    rows = {f"samples/{n}_epoch_1/sample.json": sample(n, grade) for n, grade in (("a", "C"), ("b", "I"))}
    rows["samples/a_epoch_1/messages/0.json"] = []
    out = look(zipped(tmp_path / "a.eval", rows | {"header.json": header()}))
    assert sorted(out.items()) == [0, 1]


def test_a_bomb_is_a_problem_and_its_scores_stay(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "MEMBER_LIMIT", 4096)
    bomb = json.dumps(sample("b", "I", note="0" * 100_000)).encode()
    out = look(zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]) | {"samples/b_epoch_1.json": bomb}))
    assert (out.scores[0]["value"], out.items()) == (0.5, [1])
    assert out.problems == ["incomplete", "incomplete"]
    assert "more than 4096 bytes" in out.readout.problems[0]["message"]


def test_a_member_of_nothing_but_brackets_is_a_bomb_too(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "NESTED_LIMIT", 500)
    bomb = json.dumps(sample("b", "I", note=[[]] * 600)).encode()
    out = look(zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]) | {"samples/b_epoch_1.json": bomb}))
    assert (out.items(), out.problems) == ([1], ["incomplete", "incomplete"])


def test_reductions_that_are_too_large_are_made_from_the_samples(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "MEMBER_LIMIT", 4096)
    reduced = [{"scorer": "match", "samples": [{"sample_id": "a", "value": 1, "explanation": "0" * 9000}]}]
    parts = parts_of([sample("a", "C"), sample("b", "I")]) | {"reductions.json": reduced}
    out = look(zipped(tmp_path / "a.eval", parts))
    assert (sorted(out.items()), out.problems) == ([0, 1], [])


def test_all_members_together_are_bounded(look, tmp_path, monkeypatch):
    monkeypatch.setattr(_archive, "TOTAL_LIMIT", 2000)
    rows = [sample(f"s{n}", "C") for n in range(50)]
    out = look(zipped(tmp_path / "a.eval", parts_of(rows, n=50, value=1.0)))
    assert 0 < len(out.items()) < 50
    assert out.problems[0] == "incomplete"


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_compression_are_refused(look, tmp_path, kind):
    out = look(zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]), kind))
    assert (out.status, "compressed by method" in out.why) == ("refused", True)


def test_other_zip_files_are_named(look, tmp_path):
    out = look(zipped(tmp_path / "a.zip", {"word/document.xml": b"<x/>"}))
    assert (out.status, "unpack" in out.why) == ("unread", True)


@pytest.mark.parametrize("cut", [10, 200, -30])
def test_a_cut_zip_is_named(look, tmp_path, cut):
    path = zipped(tmp_path / "a.eval", parts_of([sample("a", "C")]))
    path.write_bytes(path.read_bytes()[:cut])
    out = look(path)
    assert (out.status, "damaged" in out.why) == ("unread", True)


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_zip_never_raises(look, tmp_path, seed):
    rng = random.Random(seed)
    path = zipped(tmp_path / "a.eval", parts_of([sample("a", "C"), sample("b", "I")]))
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 8)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(bytes(data))
    out = look(path)
    assert out.status == "read" or out.why


def test_two_scorers_of_one_kind_keep_their_own_samples(look, write):
    blocks = [{"name": name, "scorer": "match", "scored_samples": 2, "metrics": {"accuracy": {"value": value}}}
              for name, value in (("match", 0.5), ("match1", 1.0))]  # fmt: skip
    both = {"match1": {"value": "C"}}
    rows = [sample(name, grade) for name, grade in (("a", "C"), ("b", "I"))]
    rows = [row | {"scores": row["scores"] | both} for row in rows]
    out = look(write("log.json", log(rows, scores=blocks)))
    assert [row["filter"] for row in out.scores] == ["match", "match,match1"]
    assert sorted(out.items(filter="match")) == [0, 1]
    assert out.items(filter="match,match1") == [1, 1]


def test_scores_of_every_epoch_count_their_samples_once(look, write):
    tries = [sample("a", "C"), sample("a", "I", 2), sample("b", "C"), sample("b", "C", 2)]
    block = {"name": "match", "scorer": "match", "scored_samples": 4,
             "metrics": METRICS | {"accuracy": {"value": 0.75}}}  # fmt: skip
    out = look(write("log.json", log(tries, n=2, epochs=2, scores=[block])))
    assert (out.scores[0]["n"], sorted(out.items()), out.problems) == (2, [0.5, 1.0], [])
    assert math.isnan(out.scores[0]["stderr"])


@pytest.mark.parametrize(
    ("params", "roles", "judge"),
    [({"grader_model": {"model": "google/g"}}, {}, "judge google/g"), ({"model": "openai/o"}, {}, "judge openai/o"),
     ({}, {"grader": {"model": "org/j"}}, "judge org/j"), ({"model": ["a/b", "c/d"]}, {}, "judge a/b+c/d")],
)  # fmt: skip
def test_who_graded_is_part_of_the_task_s_version(look, write, params, roles, judge):
    block = {"name": "graded", "scorer": "graded", "scored_samples": 2, "metrics": METRICS, "params": params}
    out = look(write("log.json", header(scores=[block], model_roles=roles)))
    assert out.scores[0]["task_version"] == f"2, {judge}"


def test_metrics_of_the_package_lose_its_name_and_others_keep_theirs(look, write):
    metrics = {"inspect_ai/accuracy": {"value": 0.5}, "mine/accuracy": {"value": 0.25}}
    out = look(write("log.json", header(scores=[{"name": "match", "scorer": "match", "metrics": metrics}])))
    assert [row["metric"] for row in out.scores] == ["accuracy", "mine/accuracy"]
