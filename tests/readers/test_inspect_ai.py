"""Logs of inspect_ai: scores with their items, epochs, several scorers, runs that did not end."""

import json
import math

import pytest

from tests.readers.inspect_logs import METRICS, header, log, sample


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


def test_a_list_of_logs_is_no_result(look, write):
    out = look(write("logs.json", {"a.eval": header(), "b.eval": header()}))
    assert out.status == "skipped"


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


def test_metrics_of_the_package_lose_its_name_and_others_keep_theirs(look, write):
    metrics = {"inspect_ai/accuracy": {"value": 0.5}, "mine/accuracy": {"value": 0.25}}
    out = look(write("log.json", header(scores=[{"name": "match", "scorer": "match", "metrics": metrics}])))
    assert [row["metric"] for row in out.scores] == ["accuracy", "mine/accuracy"]
