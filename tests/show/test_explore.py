import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show.cell_html import Shown, table
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


def sent(menu) -> tuple[str, ...]:
    """Return what the browser is told of a menu: its entries, and the one that it shows as chosen."""
    state = menu.get_state()
    return state["index"], tuple(state["_options_labels"])


def test_the_browser_shows_every_menu_with_its_choice_from_the_start() -> None:
    box = explore(FRAME, ["merge", "task"], table, live=True)
    merge, task, _ = box.children
    assert sent(merge) == (0, ("a", "b<i>"))
    assert sent(task) == (0, ("t1", "t2"))


def test_a_choice_in_the_browser_reaches_the_page_and_the_menus_below() -> None:
    box = explore(FRAME, ["merge", "task"], table, live=True)
    merge, task, page = box.children
    task.set_state({"index": 1})  # the message that a click sends
    assert "2.5" in page.value
    merge.set_state({"index": 1})
    assert sent(merge) == (1, ("a", "b<i>"))
    assert sent(task) == (0, ("t2", "t3"))  # t2 is kept, at another place
    assert "3.5" in page.value and "4.5" not in page.value
    task.set_state({"index": 1})
    assert "4.5" in page.value


def test_a_menu_three_deep_follows_both_menus_above_it_once_per_choice() -> None:
    rows = [
        (a, b, c, i) for i, (a, b, c) in enumerate([("a", "x", "1"), ("a", "y", "2"), ("b", "y", "3"), ("b", "z", "4")])
    ]
    shown = []
    box = explore(pd.DataFrame(rows, columns=["one", "two", "three", "value"]), ["one", "two", "three"],
                  lambda part: shown.append(list(part["value"])) or table(part), live=True)  # fmt: skip
    one, two, three, _ = box.children
    assert [sent(menu)[0] for menu in (one, two, three)] == [0, 0, 0]
    one.set_state({"index": 1})
    assert (sent(two), sent(three)) == ((0, ("y", "z")), (0, ("3",)))
    two.set_state({"index": 1})
    assert sent(three) == (0, ("4",))
    assert shown == [[0], [2], [3]]
