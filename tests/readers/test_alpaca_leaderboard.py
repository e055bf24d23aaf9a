"""Leaderboards of AlpacaEval, and the table of its judges."""


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


def test_a_table_of_judges_is_no_table_of_models(look, write):
    out = look(write("evaluators_leaderboard.csv", ",Human agreement,Spearman corr.,mode\ngpt4,70,0.9,verified\n"))
    assert out.status == "refused"
    assert "judges" in out.why


def test_repeated_models_and_cells_that_are_no_numbers_are_named(look, write):
    text = "name,win_rate,standard_error,n_total\na,high,1,805\nb,20,1,805\nb,30,1,805\n,40,1,805\n"
    out = look(write("gpt4_leaderboard.csv", text))
    assert [(row["model_name"], row["value"]) for row in out.scores] == [("b", 20.0)]
    assert sorted(out.problems) == ["bad-value", "bad-value", "repeated"]
    assert look(write("none.csv", text.split("b,20")[0])).why == "no row holds a model and a win rate"
