import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show.displayed import Shown, table
from mergekit_eval.show.explore import explore

FRAME = pd.DataFrame(
    {"merge": ["a", "a", "b<i>", "b<i>"], "task": ["t1", "t2", "t2", "t3"], "value": [1.5, 2.5, 3.5, 4.5]}
)


def test_menus_offer_what_goes_together_and_show_what_is_chosen() -> None:
    box = explore(FRAME, ["merge", "task"], table, live=True)
    merge, task, page = box.children
    assert (merge.options, task.options) == (("a", "b<i>"), ("t1", "t2"))
    assert "1.5" in page.value
    task.value = "t2"
    assert "2.5" in page.value
    merge.value = "b<i>"
    assert task.options == ("t2", "t3")
    assert task.value == "t2"
    assert "3.5" in page.value
    assert "b<i>" not in page.value
    task.value = "t3"
    assert "4.5" in page.value


def test_without_a_person_the_first_part_is_shown_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.delenv("VSCODE_PID", raising=False)
    shown = explore(FRAME, ["merge", "task"], table)
    assert isinstance(shown, Shown)
    assert "1.5" in shown.page
    assert "2.5" not in shown.page
    assert "merge = a, task = t1" in shown.text
    assert "3 values of task" in shown.text
    monkeypatch.setenv("JPY_SESSION_NAME", "notebook.ipynb")
    assert not isinstance(explore(FRAME, ["merge"], table), Shown)


def test_no_rows_and_wrong_columns_are_said() -> None:
    assert "Nothing" in explore(FRAME.head(0), ["merge"], table).text
    with pytest.raises(DataError, match="model"):
        explore(FRAME, ["model"], table)
