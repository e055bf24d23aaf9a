"""Pair judgments of MT-Bench: a win counts where both games agree."""

import pytest


def pair(question, first, second, one="a", two="b", turn=1, stamp=1.0):
    return {"question_id": question, "model_1": one, "model_2": two, "g1_winner": first, "g2_winner": second,
            "judge": ["gpt-4", "pair-v2"], "turn": turn, "tstamp": stamp}  # fmt: skip


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


def test_games_of_a_model_against_itself_or_with_errors_alone_are_refused(look, write):
    out = look(write("p.jsonl", [pair(81, "error", "tie"), pair(82, "tie", "tie", one="a", two="a")]))
    assert (out.status, out.why) == ("refused", "no game holds two models and two winners without error")
