import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from mergekit_eval.errors import DataError
from mergekit_eval.show import plots, report
from mergekit_eval.show.report import Figure, Section, Table, write_report
from mergekit_eval.show.tables import PaperTable
from tools import synthetic as s

EVIL = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' {{ 7*7 }} &amp;"
NAN = float("nan")
VERDICTS = pd.DataFrame(
    [
        ("good", "better than every parent", "+6 %", "ties", "a, b", 0.612, 0.06, 0.03, 0.09, 9, 4500),
        (EVIL, "collapsed", "chance on 7 of 9", "linear", "a, b", 0.2, -0.3, -0.33, -0.27, 9, 4500),
        ("none", "not decided", "no parent known", NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN),
    ],
    columns="merge verdict reason method parents macro gain gain_low gain_high n_tasks n_items".split(),
)
PROBLEMS = pd.DataFrame({"file": ["a.json"], "kind": ["truncated"], "message": [EVIL], "todo": ["run it again"]})


class Page(HTMLParser):
    """Collects tags with their attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def written(path: Path, **parts: object) -> tuple[str, Page]:
    text = write_report(path / "report.html", **{"title": "A title", **parts}).read_text(encoding="utf-8")  # type: ignore[arg-type]
    return text, Page(text)


def everything() -> dict:
    figure = Figure(plots.scores(s.score_table(4)), EVIL, files=["figures/a b.pdf", "../secret.csv"])
    paper = PaperTable(cells=s.score_table(3).assign(model=["a", "b", EVIL]))
    tables = [paper, Table(pd.DataFrame({EVIL: [EVIL, None]}), EVIL)]
    return {
        "title": EVIL,
        "summary": EVIL,
        "notice": EVIL,
        "verdicts": VERDICTS,
        "sections": [Section(EVIL, EVIL + "\n\nsecond", figures=[figure], tables=tables)],
        "problems": PROBLEMS,
        "provenance": {"path": Path("x"), "evil": EVIL},
        "links": {EVIL: "tables/scores.parquet"},
    }


def test_nothing_is_loaded_and_nothing_runs(tmp_path: Path) -> None:
    text, page = written(tmp_path, **everything())
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "base", "form", "audio", "video"}
    for tag, attributes in page.tags:
        assert not [key for key in attributes if key.startswith("on")], (tag, attributes)
        assert all(
            value.startswith("data:image/") for key, value in attributes.items() if key in ("src", "srcset", "data")
        )
        assert all(value.startswith(("#", "./")) for key, value in attributes.items() if key == "href")
    style = re.search(r"<style>(.*?)</style>", text, re.S)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src 'none'" in text


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    text, page = written(tmp_path, **everything())
    assert "<script>" not in text
    assert page.text.count("{{ 7*7 }}") > 5
    assert "49" not in page.text.replace("0.49", "")


def test_verdicts_come_first_with_their_gain(tmp_path: Path) -> None:
    text, page = written(tmp_path, **everything())
    assert (
        text.index('id="verdicts"')
        < text.index('id="s1"')
        < text.index('id="problems"')
        < text.index('id="provenance"')
    )
    for shown in (
        "▲ better than every parent",
        "✖ collapsed",
        "61.2",
        "+6.0",
        "−30.0",
        "9 tasks, 4,500 items",
        "no interval",
    ):
        assert shown in page.text
    circles = [float(a["cx"]) for tag, a in page.tags if tag == "circle"]
    assert circles == pytest.approx([100 + 96 * 0.06 / 0.33, 100 - 96 * 0.3 / 0.33], abs=0.01)


def test_links_stay_beside_the_report(tmp_path: Path) -> None:
    _, page = written(tmp_path, **everything())
    hrefs = {a["href"] for tag, a in page.tags if tag == "a" and not a["href"].startswith("#")}
    assert hrefs == {"./figures/a%20b.pdf", "./tables/scores.parquet"}


def test_absolute_paths_become_relative(tmp_path: Path) -> None:
    text, page = written(tmp_path, links={"inside": tmp_path / "t.csv", "outside": tmp_path.parent / "t.csv"})
    assert [a["href"] for tag, a in page.tags if tag == "a"] == ["./t.csv"]
    assert str(tmp_path) not in text


def test_figures_are_embedded_from_memory_and_from_files(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_bytes(b"<svg/>")
    png = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    figures = [Figure(tmp_path / "a.svg", "one"), Figure(png, "two"), Figure(plots.scores(s.score_table(2)), "three"),
               Figure(tmp_path / "gone.png", "four")]  # fmt: skip
    _, page = written(tmp_path, sections=[Section("S", figures=figures)])
    kinds = [a["src"].split(";")[0] for tag, a in page.tags if tag == "img"]
    assert kinds == ["data:image/svg+xml", "data:image/png", "data:image/svg+xml"]
    assert "This figure is missing: gone.png" in page.text
    with pytest.raises(DataError, match="gif"):
        written(tmp_path, sections=[Section("S", figures=[Figure("a.gif", "")])])


def test_an_embedded_drawing_needs_no_font() -> None:
    kind, content = report._picture(plots.scores(s.score_table(2)))
    assert kind == "image/svg+xml"
    assert b"<text" not in content


def test_empty_parts_are_said_or_left_out(tmp_path: Path) -> None:
    _, page = written(tmp_path, verdicts=VERDICTS.iloc[:0], problems=PROBLEMS.iloc[:0])
    assert "no merge to judge" in page.text
    assert "None: every file was read as it stood" in page.text
    _, bare = written(tmp_path)
    assert "Verdicts" not in bare.text
    assert "Problems" not in bare.text


def test_cells_of_frames_have_their_classes_and_their_full_value(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": [0.12345], "decided": ["better"], "none": [None]})
    text, _ = written(tmp_path, sections=[Section("T", tables=[frame])])
    assert '<td class="number" title="0.12345">0.123</td>' in text
    assert '<td class="badge better">▲ better</td><td class="missing">—</td>' in text


def test_the_same_input_gives_the_same_page(tmp_path: Path) -> None:
    assert written(tmp_path, **everything())[0] == written(tmp_path, **everything())[0]


def test_verdicts_without_their_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="reason"):
        written(tmp_path, verdicts=VERDICTS.drop(columns="reason"))
    assert list(tmp_path.iterdir()) == []
