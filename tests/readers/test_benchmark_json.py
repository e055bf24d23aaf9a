"""benchmark.json of a fine-tuning kit: both sides, both filters, n that is unknown."""


def kit(base, tuned, **more):
    side = {"benchmark_dir": "x", "timestamp": 1700000000.0}
    return {
        "model_name": "me/tuned",
        "model_path": "p",
        "base_model_name": "org/base",
        "timestamp": "2024-01-01T00:00:00",
        "base_model": {"results": base} | side if base else {},
        "fine_tuned_model": {"results": tuned} | side if tuned else {},
    } | more


GSM = {"gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.4, "exact_match_stderr,strict-match": 0.2,
                 "exact_match,flexible-extract": 0.6}}  # fmt: skip


def test_benchmark_json_reads_both_sides_and_both_filters(look, write):
    comparison = {"gsm8k": {"metric": None, "base_accuracy": 0, "finetuned_accuracy": 0, "delta": 0}}
    out = look(write("benchmarks/benchmark.json", kit(GSM, GSM, comparison=comparison)))
    assert out.reader == "benchmark.json"
    assert out.value("gsm8k", "exact_match", "strict-match", "org/base") == 0.4
    assert out.value("gsm8k", "exact_match", "flexible-extract", "me/tuned") == 0.6
    assert len(out.scores) == 4
    assert "disagreement" in out.problems
    assert all("limit" in row["note"] for row in out.scores)


def test_benchmark_json_legacy_shape_and_empty_side(look, write):
    document = {
        "base_model": {"huggingface": {"hellaswag": {"acc,none": 0.5, "acc_stderr,none": 0.1}}},
        "fine_tuned_model": {},
    }
    out = look(write("outputs/my-model/benchmark.json", document))
    (row,) = out.scores
    assert (row["model"], row["stderr"]) == ("my-model/base_model", 0.1)
    assert "incomplete" in out.problems


def test_benchmark_json_unknown_base_is_not_called_unknown(look, write):
    out = look(write("outputs/m/benchmarks/benchmark.json", kit(GSM, {}, base_model_name="Unknown")))
    assert {row["model"] for row in out.scores} == {"m/base_model"}


def test_benchmark_json_n_is_recovered_or_unknown_and_never_the_full_task(look, write, registry):
    from mergekit_eval.collect.facts import complete

    block = {"gsm8k": {"exact_match,strict-match": 0.4, "exact_match_stderr,strict-match": (0.24 / 4) ** 0.5,
                       "exact_match,flexible-extract": 0.6}}  # fmt: skip
    rows = complete(look(write("benchmark.json", kit(block, {}))).scores, registry, [])
    assert {row["filter"]: (row.get("n"), row["n_from"]) for row in rows} == {
        "strict-match": (5, "recovered"), "flexible-extract": (None, "")
    }  # fmt: skip


def test_blocks_without_a_number_are_named_and_refused(look, write):
    out = look(write("benchmark.json", kit({"gsm8k": {"acc,none": "high"}, "boolq": 3}, {})))
    assert (out.status, out.why) == ("refused", "neither side holds a metric")
    part = look(write("b/benchmark.json", kit(GSM | {"boolq": 3, "piqa": {"acc,none": "high"}}, GSM)))
    assert sorted(set(part.problems)) == ["bad-value", "broken"] and len(part.scores) == 4
