"""Leaderboards of EuroEval: two metrics a cell, flags in names, and tables of ranks."""

import pytest

LINK = "<a href='https://hf.co/{0}'>{0}{1}</a>"
TYPES = "<span style='a; b; c'>Task Type</span>,<span>dummy</span>,,,<a id=1>Sentiment classification</a>,"
TYPES += "~~~<a>Knowledge</a>~~~,,<span>hidden</span>,,\n"
HEADER = "Model,Type,Rank,Merge,<a href='x'>sst5</a>,<a>uk_life</a>,<a>uk_tests</a>,"
HEADER += "sst5_version,uk_life_version,uk_tests_version\n"


def table(*lines):
    return TYPES + HEADER + "".join(line + "\n" for line in lines)


def line(
    name, flags="", merge="✗", cells=("1.50 ± 0.98 / 2.50 ± 1.96@@1.50", "-@@-1", "-1.00 ± 0.00 / 3.00 ± 0.49@@-1")
):
    return ",".join([f'"{LINK.format(name, flags)}"', "📝", "1.2@@1.2", merge, *cells, *["16.2.0@@160200"] * 3])


def test_a_leaderboard_gives_both_metrics_of_every_cell(look, write):
    out = look(write("english_all.csv", table(line("org/M", " (zero-shot, val)", "✓"), line("org/N"))))
    assert (out.status, out.reader) == ("read", "euroeval leaderboard")
    rows = [(r["model"], r["task"], r["metric"], r["value"]) for r in out.scores if r["model"] == "org/M"]
    assert rows == [
        ("org/M", "sst5", "mcc", 1.5),
        ("org/M", "sst5", "macro_f1", 2.5),
        ("org/M", "uk-tests", "mcc", -1.0),
        ("org/M", "uk-tests", "accuracy", 3.0),
    ]
    first, other = out.scores[0], out.scores[-1]
    assert [r["stderr"] for r in out.scores[:2]] == pytest.approx([0.5, 1.0])
    assert (first["filter"], first["n_shot"], first["merge_method"]) == ("val", 0, "unknown")
    assert (other["filter"], other.get("n_shot"), other["merge_method"]) == ("none", None, "")
    assert out.problems == ["incomplete", "note"]
    assert "2 cells" in out.readout.problems[0]["message"]


def test_cells_that_do_not_fit_their_task_are_named(look, write):
    out = look(write("a.csv", table(line("org/M", cells=("7.00 ± 1.00", "5.00 ± 1.00 / 6.00 ± 1.00", "what")))))
    assert [r["value"] for r in out.scores] == [5.0, 6.0]
    assert out.problems == ["bad-value", "note"]
    assert "2 cells" in out.readout.problems[0]["message"]


def test_repeated_and_short_rows_are_named(look, write):
    out = look(write("a.csv", table(line("org/M"), line("org/M"), "x,y")))
    assert {r["model"] for r in out.scores} == {"org/M"}
    assert sorted(out.problems) == ["incomplete", "note", "repeated", "truncated"]


def test_tables_of_ranks_are_refused(look, write):
    header = (
        "model,generative_type,rank,parameters,vocabulary_size,context,commercial,merge,open,trained_from_scratch\n"
    )
    out = look(write("english_all_simplified.csv", header + "a,b,1.2,1,1,1,✓,✗,✗,✓\n"))
    assert (out.status, "ranks" in out.why) == ("refused", True)
