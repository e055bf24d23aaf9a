"""MT-Bench judgments, AlpacaEval annotations and leaderboards, arena tables."""

import math
import statistics

import pytest


def single(model, question, turn, score, stamp=1.0, judge="gpt-4"):
    return {"question_id": question, "model": model, "judge": [judge, "single-v1"], "user_prompt": "u", "judgment": "j",
            "score": score, "turn": turn, "tstamp": stamp}  # fmt: skip


def pair(question, first, second, one="a", two="b", turn=1, stamp=1.0):
    return {"question_id": question, "model_1": one, "model_2": two, "g1_winner": first, "g2_winner": second,
            "judge": ["gpt-4", "pair-v2"], "turn": turn, "tstamp": stamp}  # fmt: skip


def test_single_mean_over_rows_turns_and_clusters(look, write):
    rows = [single("m", q, t, s) for q, t, s in [(81, 1, 10), (81, 2, 6), (82, 1, 4), (82, 2, 3)]]
    out = look(write("gpt-4_single.jsonl", rows))
    assert out.reader == "mt-bench"
    assert out.value("mt_bench", "score") == 5.75
    assert out.value("mt_bench", "score", "turn-2") == 4.5
    overall = next(row for row in out.scores if row["filter"] == "none")
    assert overall["stderr"] == pytest.approx(statistics.stdev([8, 3.5]) / math.sqrt(2))  # questions, not turns
    rows = out.readout.items.to_pylist()
    assert [row["cluster"] for row in rows if row["filter"] == "none"] == ["81", "81", "82", "82"]


def test_single_unparsed_repeated_and_missing_turns_are_named(look, write):
    rows = [single("m", 81, 1, 10), single("m", 81, 1, 2, stamp=9.0), single("m", 82, 1, -1), single("n", 81, 1, 5),
            single("n", 81, 2, 7), single("n", 82, 1, 6)]  # fmt: skip
    out = look(write("data/some_bench/model_judgment/j.jsonl", rows))
    assert out.value("some_bench", "score", model="m") == 2  # the newer verdict
    assert {"repeated", "incomplete"} <= set(out.problems)
    messages = " ".join(row["message"] for row in out.readout.problems)
    assert "1 judgments are repeated" in messages
    assert "(-1)" in messages
    assert "m (gpt-4): 2 of 3 turns are missing" in messages


@pytest.mark.parametrize(
    ("folder", "task"),
    [
        ("data/ja_mt_bench/model_judgment", "ja_mt_bench"),
        ("mine/ja_mt_bench/model_judgment", "ja_mt_bench"),
        ("data/spoken/model_judgment", "spoken"),
        ("merges/my-merge/model_judgment", "mt_bench"),
        ("data/ja_mt_bench", "mt_bench"),
    ],
)
def test_the_tools_folder_names_the_benchmark(look, write, registry, folder, task):
    alone = look(write(f"{folder}/gpt-4_single.jsonl", [single("m", 81, 1, 8)]))
    assert (alone.value(task, "score"), alone.items(task_name=task)) == (8, [8])
    pairs = look(write(f"{folder}/gpt-4_pair.jsonl", [pair(81, "model_1", "model_1")]))
    assert pairs.value(f"{task}_pairs", "win_rate", "vs=b", "a") == 1
    assert len(pairs.items(task_name=f"{task}_pairs")) == 2
    known = registry.lookup("mt-bench", task, "score")
    assert (known.higher_is_better, known.capability, known.primary) == (True, "chat", True)
    assert registry.lookup("mt-bench-pairs", f"{task}_pairs", "win_rate_adjusted").chance == 0.5


def test_a_part_of_the_benchmark_is_said_where_its_size_is_known(look, write):
    three = [single("m", 80 + number, 1, 5) for number in (1, 2, 3)]
    found = [row["message"] for row in look(write("j.jsonl", three)).readout.problems]
    assert found == ["m (gpt-4): 157 of 160 turns are missing"]
    assert not look(write("data/ja_mt_bench/model_judgment/j.jsonl", three)).problems
    pairs = look(write("p.jsonl", [pair(81, "model_1", "model_1"), pair(82, "error", "model_1")]))
    found = [row["message"] for row in pairs.readout.problems if row["kind"] == "incomplete"]
    assert found[1] == "a against b (gpt-4): 158 of 160 turns are missing"


def test_single_two_judges_are_never_averaged(look, write):
    rows = [single("m", 81, 1, 10), single("m", 81, 1, 2, judge="claude")]
    out = look(write("j.jsonl", rows))
    assert out.value("mt_bench", "score", "judge=gpt-4") == 10
    assert out.value("mt_bench", "score", "judge=claude") == 2


def test_single_scores_that_are_no_scores(look, write):
    rows = [
        single("m", 81, 1, 8),
        single("m", 82, 1, "9"),
        single("m", 83, 1, None),
        single("m", 84, 1, 55),
        single("", 85, 1, 3),
    ]
    out = look(write("j.jsonl", rows))
    assert out.value("mt_bench", "score") == 8
    assert out.problems.count("bad-value") == 2


def test_pairs_disagreement_is_a_tie_and_error_is_nothing(look, write):
    rows = [pair(81, "model_1", "model_1"), pair(82, "model_1", "model_2"), pair(83, "tie", "tie"),
            pair(84, "error", "model_1"), pair(85, "model_2", "model_2"), pair(86, "model_2", "model_2")]  # fmt: skip
    out = look(write("gpt-4_pair.jsonl", rows))
    assert out.reader == "mt-bench-pairs"
    assert out.items(model_name="a") == [1.0, 0.5, 0.5, 0.0, 0.0]
    assert out.value("mt_bench_pairs", "win_rate_adjusted", "vs=b", "a") == pytest.approx(0.4)
    assert out.value("mt_bench_pairs", "win_rate", "vs=a", "b") == pytest.approx(2 / 5)
    assert out.value("mt_bench_pairs", "loss_rate", "vs=b", "a") == pytest.approx(2 / 5)
    assert {"incomplete", "note"} <= set(out.problems)


def test_pairs_named_in_the_other_order_are_one_pair(look, write):
    out = look(write("p.jsonl", [pair(81, "model_1", "model_1"), pair(82, "model_1", "model_1", one="b", two="a")]))
    assert out.value("mt_bench_pairs", "win_rate", "vs=b", "a") == 0.5
    assert len({row["filter"] for row in out.scores}) == 2


def alpaca(preferences, model="m", **more):
    return [
        {"instruction": f"i{n}", "output_1": "x", "generator_1": "davinci", "output_2": f"y{n}", "generator_2": model,
         "annotator": "gpt4", "dataset": "koala", "preference": p} | more
        for n, p in enumerate(preferences)
    ]  # fmt: skip


def test_alpaca_draws_weights_and_missing(look, write):
    out = look(write("annotations.json", alpaca([1, 2, 0, 1.5, None, 1.25, float("nan"), 7])))
    assert out.reader == "alpaca-eval"
    assert out.items() == [0, 100, 50, 50, 25]
    assert out.value("alpaca_eval", "win_rate") == 45
    messages = [row["message"] for row in out.readout.problems]
    assert any(message.startswith("2 rows without a preference") for message in messages)
    assert "bad-value" in out.problems


def test_alpaca_several_models_baselines_and_repeats(look, write):
    rows = alpaca([2, 2]) + alpaca([1, 1], model="n") + alpaca([1, 1], generator_1="gpt4") + alpaca([1])
    out = look(write("annotations.json", rows))
    assert out.value("alpaca_eval", "win_rate", model="n") == 0
    assert out.value("alpaca_eval", "win_rate", "vs=davinci,judge=gpt4", "m") == 50
    assert out.value("alpaca_eval", "win_rate", "vs=gpt4,judge=gpt4", "m") == 0
    assert "repeated" in out.problems


def test_alpaca_leaderboard_names_its_baseline_and_keeps_both_rates(look, write):
    header = "win_rate,standard_error,n_wins,n_wins_base,n_draws,n_total,discrete_win_rate,mode,avg_length"
    text = (
        f",{header},length_controlled_winrate,lc_standard_error\n"
        "gpt4_turbo,50.0,0.0,0,0,805,805,50.0,minimal,2049,50.0,\n"
        "merge,76.2,1.25,625,180,0,805,77.6,community,1994,78.1,0.41\n"
    )
    out = look(write("weighted_leaderboard.csv", text))
    assert out.value("alpaca_eval", "win_rate", model="merge") == 76.2
    row = next(r for r in out.scores if r["metric"] == "length_controlled_winrate" and r["model_name"] == "merge")
    assert (row["stderr"], row["n"], row["task_version"]) == (0.41, 805, "judge weighted, baseline gpt4_turbo")
    assert "stderr" not in next(r for r in out.scores if r["model_name"] == "gpt4_turbo")


BOARD = ",win_rate,standard_error,n_total,length_controlled_winrate\nm,50,5.0,2,40\nelse,20,5.0,805,\n"


@pytest.mark.parametrize("folder", ["gpt4", "renamed"])
def test_alpaca_files_of_one_run_are_one_measurement(look, write, folder):
    annotations = write(f"{folder}/annotations.json", alpaca([1, 2]) + alpaca([1, 2], model="else"))
    board = look(write(f"{folder}/leaderboard.csv", BOARD), f"{folder}/leaderboard.csv")
    out = look(annotations)
    assert {row["task_version"] for row in board.scores + out.scores} == {"judge gpt4, baseline davinci"}
    assert {row["model_name"]: row["primary"] for row in out.scores} == {"m": False, "else": True}
    assert not board.problems and not out.problems


def test_alpaca_annotations_of_several_baselines_name_none_for_the_leaderboard_beside_them(look, write):
    annotations = write("run/annotations.json", alpaca([1, 2]) + alpaca([1], generator_1="gpt4", model="n"))
    board = look(write("run/leaderboard.csv", BOARD), "run/leaderboard.csv")
    assert {row["task_version"] for row in board.scores} == {""}
    assert "several" in board.readout.problems[0]["message"]
    assert all("primary" not in row for row in look(annotations).scores)


@pytest.mark.parametrize(
    "content", ['[{"generator_1": ', "1.5", '[{"generator_1": ["a"], "annotator": 1, "preference": 1}]']
)
def test_alpaca_leaderboard_beside_broken_annotations_is_read_and_its_folder_is_no_judge(look, write, content):
    write("run/annotations.json", content)
    board = look(write("run/leaderboard.csv", BOARD), "run/leaderboard.csv")
    assert {row["task_version"] for row in board.scores} == {""}
    assert any("judge is unknown" in row["message"] for row in board.readout.problems)


def test_a_table_of_judges_is_no_table_of_models(look, write):
    out = look(write("evaluators_leaderboard.csv", ",Human agreement,Spearman corr.,mode\ngpt4,70,0.9,verified\n"))
    assert out.status == "refused"
    assert "judges" in out.why


def test_arena_rating_with_votes(look, write):
    out = look(write("lmsys.csv", "rank,model,arena_score,95_pct_ci,votes\n1,A,1474,+5/-4,19209\n2,B,x,,3\n"))
    row = out.scores[0]
    assert (row["value"], row["n"], row["note"]) == (1474, 19209, "published 95% interval +5/-4")
    assert len(out.scores) == 1
    assert "bad-value" in out.problems


def test_arenas_of_different_files_are_different_tasks_and_joined_tables_are_left_to_their_leaderboard(look, write):
    text = "rank,model,arena_score,95_pct_ci,votes\n1,A,1474,+5/-4,19209\n"
    versions = {
        look(write(name, text)).scores[0]["task_version"] for name in ("lmarena_text.csv", "lmarena_vision.csv")
    }
    assert versions == {"table lmarena_text", "table lmarena_vision"}
    joined = "key,model_name,evaluations_bbh_value,model,arena_score,votes\na,A,0.5,A,1200,5\n"
    assert look(write("merged.csv", joined)).reader != "arena"
