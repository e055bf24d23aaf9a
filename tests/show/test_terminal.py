import numpy as np
import pandas as pd

from mergekit_eval.show.terminal import verdict_lines


def verdicts(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["merge", "macro", "macro_low", "macro_high", "verdict", "reason"])


def test_the_best_average_comes_first_and_a_missing_one_last() -> None:
    table = verdicts(
        ("a", np.nan, np.nan, np.nan, "collapsed", ""),
        ("b", 0.5, 0.48, 0.52, "worse", ""),
        ("long", 0.6, 0.55, 0.65, "between", ""),
    )
    assert list(verdict_lines(table, 80)) == [
        "long   60.0% ± 5.0%   between",
        "b      50.0% ± 2.0%   worse",
        "a                     collapsed",
    ]


def test_a_reason_is_wrapped_below_its_merge_and_drives_no_terminal() -> None:
    table = verdicts(("a\x1b[31m", 0.5, 0.4, 0.6, "worse", "one two three four five six seven"))
    head, *reason = verdict_lines(table, 24)
    assert "\x1b" not in head
    assert reason == ["    one two three four", "    five six seven"]


def test_no_merge_gives_no_line() -> None:
    assert list(verdict_lines(verdicts(), 80)) == []
