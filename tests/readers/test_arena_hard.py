"""Arena-Hard: verdicts of two games per question, the tool's weights, and leaderboards."""

import pytest

from mergekit_eval.collect.folders import collect

FOLDER = "data/arena-hard-v0.1/model_judgment/gpt-4/"


def row(question, first, second, model="M", **more):
    games = [{"user_prompt": "p", "judgment": "j", "score": score} for score in (first, second)]
    return {"question_id": question, "model": model, "judge": "gpt-4", "games": games} | more


# The baseline is A in the first game. q1: lost clearly, then won: 0 (3 times) and 1. q2: won, then won clearly: 1 and 1
# (3 times). q3: tie, then lost: 0.5 and 0. Mean of the questions (0.5 + 1 + 0.25) / 3, weighted (1 + 4 + 0.5) / 10.
ROWS = [row("q1", "A>>B", "A>B"), row("q2", "B>A", "A>>B"), row("q3", "A=B", "B>A")]


def test_positions_are_undone_and_clear_verdicts_count_three_times(look, write):
    out = look(write(f"{FOLDER}M.jsonl", ROWS))
    assert out.reader == "arena-hard"
    assert out.value("arena-hard-v0.1", "win_rate") == pytest.approx(1.75 / 3)
    assert out.value("arena-hard-v0.1", "score") == pytest.approx(55.0)
    assert sorted(out.items()) == [0.25, 0.5, 1.0]
    assert out.scores[0]["task_version"] == "judge gpt-4"


@pytest.mark.parametrize(
    ("verdict", "won"),
    [
        ("A>B", 1),
        ("A>>B", 1),
        ("A=B", 0.5),
        ("A<B", 0),
        ("A<<B", 0),
        ("B>A", 0),
        ("B>>A", 0),
        ("B=A", 0.5),
        ("B<<A", 1),
    ],
)
def test_spellings_of_a_verdict(look, write, verdict, won):
    out = look(write(f"{FOLDER}M.jsonl", [row("q", verdict, verdict)]))
    assert out.items() == [0.5]
    alone = [row("q", verdict, verdict) | {"games": [{"score": verdict}]}]
    assert look(write(f"{FOLDER}N.jsonl", alone)).items() == [1 - won]


def test_models_pair_by_question_and_the_win_rate_stands_for_the_task(write, tmp_path):
    write(f"{FOLDER}M.jsonl", ROWS)
    write(f"{FOLDER}N.jsonl", [row(f"q{n}", "A>B", "B>A", "N") for n in (3, 1, 2)])
    found = collect(tmp_path)
    assert set(found.scores.loc[found.scores["primary"], "metric"]) == {"win_rate"}
    keys = found.items.groupby("model")["item_key"].agg(sorted)
    assert keys["M"] == keys["N"]


def test_unreadable_verdicts_are_left_out_with_their_question(look, write):
    rows = [*ROWS, row("q4", None, "A>B"), row("q5", "A>B", "C"), {"question_id": "q6", "model": "M", "games": []}]
    out = look(write(f"{FOLDER}M.jsonl", rows))
    assert len(out.items()) == 3
    assert out.problems == ["bad-value", "incomplete"]
    assert "2 questions" in out.readout.problems[1]["message"]


def test_a_question_judged_twice_counts_once(look, write):
    out = look(write(f"{FOLDER}M.jsonl", [row("q1", "A>>B", "B>>A"), row("q1", "B>A", "A>B")]))
    assert (out.items(), out.problems) == ([1.0], ["repeated"])


def test_categories_of_the_newer_bench_stay_apart(look, write):
    def newer(question, category, baseline):
        made = row(question, "B>A", "A>B", category=category, baseline=baseline)
        return {"uid": made.pop("question_id")} | made

    rows = [newer("a", "hard_prompt", "o3"), newer("b", "creative_writing", "gem")]
    out = look(write("data/arena-hard-v2.0/model_judgment/gpt-4.1/M.jsonl", rows))
    assert {(r["filter"], r["task_version"]) for r in out.scores} == {
        ("hard_prompt", "judge gpt-4, baseline o3"),
        ("creative_writing", "judge gpt-4, baseline gem"),
    }


def test_leaderboards(look, write):
    header = "model,score,rating_q025,rating_q975,CI,avg_tokens\n"
    rows = 'A,82.0,80.0,83.919928,"(-2, +1.9)",662.0\nbase,50.0,50.0,50.0,"(0, 0)",423.0\nA,1,1,1,x,1\nB,,1,2,x,3\n'
    out = look(write("arena_hard_leaderboard_20240731.csv", header + rows))
    assert [(r["model_name"], r["value"]) for r in out.scores] == [("A", 82.0), ("base", 50.0)]
    assert out.scores[0]["stderr"] == pytest.approx(1.0, abs=1e-5)
    assert "stderr" not in out.scores[1]
    assert out.problems == ["repeated", "bad-value"]
    listed = [{"model": "A", "score": 82.0, "lower": 80.0, "upper": 83.919928, "avg_tokens": 662}]
    assert look(write("board.json", listed)).scores[0]["stderr"] == pytest.approx(1.0, abs=1e-5)


def test_games_without_a_readable_verdict_are_refused(look, write):
    row = {"question_id": "q", "model": "m", "judge": "g", "games": [{"score": "A?B"}]}
    out = look(write("model_judgment/g/m.jsonl", [row]))
    assert (out.status, out.why) == ("refused", "no row holds a verdict on a model")
    board = look(write("b.csv", "model,score,rating_q025,rating_q975\nm,high,1,2\n"))
    assert (board.status, board.why) == ("refused", "no row holds a model and a score")
