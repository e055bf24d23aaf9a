"""Tables of people's votes."""


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


def test_a_model_counts_once_and_a_table_without_ratings_is_refused(look, write):
    out = look(write("a.csv", "model,elo,votes\nA,1200,5\nA,1300,5\n"))
    assert [row["value"] for row in out.scores] == [1200] and out.problems == ["repeated"]
    none = look(write("b.csv", "model,elo,votes\nA,high,5\n"))
    assert (none.status, none.why) == ("refused", "no row holds a model and a rating")
