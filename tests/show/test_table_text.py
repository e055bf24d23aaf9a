import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mergekit_eval.show.tables import PaperTable
from tests.show.paper import ALL, TEST, THREE, cells

BOUNDED = cells({"a": [-0.5, 0.2], "b": [np.nan, 0.4]}, low=-0.6, high=0.4, role=["x", "x", "y", "y"], skill="s")
MARKED = cells(THREE, mark=["better", "", "worse"])


def test_markdown_has_a_line_per_row_and_per_group() -> None:
    text = PaperTable(cells=BOUNDED, row_group="role", interval="range", caption="Scores").markdown()
    assert text.splitlines()[:8] == [
        "Scores",
        "",
        "| model | t0 ↑ | t1 ↑ |",
        "| :-- | --: | --: |",
        "| **x** | | |",
        r"| a | −50.0 \[−60.0, 40.0] | 20.0 \[−60.0, 40.0] |",
        "| **y** | | |",
        r"| b | — | 40.0 \[−60.0, 40.0] |",
    ]


def test_markdown_marks_ranks_and_decided_differences() -> None:
    lines = PaperTable(cells=MARKED, decided=ALL, significance=TEST).markdown().splitlines()
    assert lines[2:5] == ["| a | **90.0**+ |", "| b | *80.0* |", "| c | 70.0− |"]


def test_html_has_ranks_bounds_and_groups() -> None:
    page = PaperTable(cells=MARKED, decided=ALL, significance=TEST).html()
    assert '<td class="number"><b>90.0</b><sup>+</sup></td>' in page
    assert '<td class="number"><i>80.0</i></td>' in page
    assert '<td class="number"><span>70.0</span><sup>−</sup></td>' in page
    grouped = PaperTable(cells=BOUNDED, row_group="role", column_group="skill", interval="range").html()
    assert '<tr><th></th><th colspan="2" class="group">s</th></tr>' in grouped
    assert '<tr class="group"><th colspan="3">y</th></tr>' in grouped
    assert '<td class="number missing">—</td>' in grouped
    assert '<td class="number"><span>−50.0</span><small> [−60.0, 40.0]</small></td>' in grouped
    assert '<p class="notes">[low, high]: 95% interval. —: no score; never ranked.</p>' in grouped


class Reader(HTMLParser):
    """Collects tags and cell texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append(tag)
        assert all(key in ("class", "colspan", "title") for key, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.slow
@given(name=st.text(max_size=40), note=st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_hostile_text_stays_text(name: str, note: str) -> None:
    table = PaperTable(cells=cells({name: [0.5], "other": [0.4]}), caption=name, notes=(note,))
    reader = Reader()
    reader.feed(table.html())
    allowed = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "span", "b", "i", "sup", "small"}
    assert set(reader.tags) <= allowed
    body = [line for line in table.markdown().splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in body} == {3}
    assert table.latex().count(r"\begin{table}") == 1
