"""Lines about progress: what became of a cell, how many are done, what is left."""

from mergekit_eval.run import progress
from mergekit_eval.run.progress import Progress, became


def test_a_line_says_what_became_of_a_cell_why_and_where_its_log_is():
    assert became("a x tiny", "ran", 1.25, "", "/logs/a") == "ran    a x tiny, 1.2 s"
    assert became("a", "failed", 0.0, "no room", "/logs/a") == "failed a, 0.0 s: no room (log: /logs/a)"
    assert became("a", "failed", 0.0, "no\x1b room", "") == "failed a, 0.0 s: no\\u001b room"


def test_what_is_left_is_guessed_from_what_is_done(monkeypatch, capsys):
    clock = iter([100.0, 110.0, 140.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    told = Progress("merges", 2, 1)
    told.line("a", "ran")
    told.line("b", "failed")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == ["[merges 1/2] a: ran, about 10 s left", "[merges 2/2] b: failed"]
