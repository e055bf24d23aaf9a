"""Counted nouns: one merge, two merges, wherever a number meets a noun."""

import re
import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mergekit_eval
from mergekit_eval.wording import counted, one_line, share_of, visible

PACKAGE = Path(mergekit_eval.__file__).parent
# Nouns that this kit counts in what a person reads, as they stand after a number in an f-string.
NOUNS = "merges|models|tasks|items|parents|scores|problems|values|rows|files|comparisons|datasets|subjects|families"
ELSEWHERE = ("readers", "collect", "tiny")  # what is said of files, and the laboratory's own sentences
SEVERAL = ("FEWEST", "m.size")  # never 1 where they stand


@pytest.mark.parametrize(
    ("number", "noun", "plural", "text"),
    [
        (1, "merge", "", "1 merge"),
        (0, "merge", "", "0 merges"),
        (1234, "item", "", "1,234 items"),
        (2, "family", "", "2 families"),
        (2, "survey", "", "2 surveys"),
        (1, "leaf", "leaves", "1 leaf"),
        (3, "leaf", "leaves", "3 leaves"),
        (1.0, "task", "", "1 task"),
        (1, "model lacks", "models lack", "1 model lacks"),
        (2, "model lacks", "models lack", "2 models lack"),
    ],
)
def test_the_noun_follows_its_number(number, noun, plural, text):
    assert counted(number, noun, plural) == text


def test_a_part_takes_the_form_of_its_whole():
    assert share_of(1, 1, "task") == "1 of 1 task"
    assert share_of(1, 15, "task") == "1 of 15 tasks"
    assert share_of(56, 57, "leaf", "leaves") == "56 of 57 leaves"


def test_no_sentence_of_the_kit_puts_a_plural_behind_a_bare_number():
    """A number in braces, then a plural, reads "1 merges" where there is one; errors about what was given may."""
    number = re.compile(rf"\{{([^{{}}]*)\}} ({NOUNS})\b")
    found = [
        f"{path.relative_to(PACKAGE)}:{at}: {line.strip()}"
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ELSEWHERE
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for inside, _ in number.findall(line)
        if not any(word in line for word in ("Error(", "reject(")) and inside not in SEVERAL
    ]
    assert found == []


def test_one_merge_is_judged_and_one_task_is_counted():
    from mergekit_eval.compare.comparison import Comparison
    from mergekit_eval.compare.verdicts import _scope
    from mergekit_eval.reporting import _summary
    from tests.compare.conftest import make, merge_rows

    answers = {("a", "t"): np.repeat([0.0, 1.0], 50), ("m", "t"): np.repeat([0.0, 1.0], [5, 95])}
    found = make({"a": "parent", "m": "merge"}, {}, answers)
    one = Comparison(found, merge_rows(("m", ("a",), "")), alpha=0.005)
    summary = _summary(one.verdicts(), one)
    assert "1 merge was judged by the average over benchmarks: 1 better than every parent." in summary
    assert "any false statement in the table of verdicts is at most 0.5%" in summary
    row = {"n_benchmarks": 1, "n_tasks": 1, "n_items": 1, "evidence": "paired items"}
    assert _scope(row) == "1 benchmark (1 task), 1 item"


HOSTILE = "a\x1b[31mred\x1b]0;title\x07\x9bx\u202egnp\u200b\x00b\u2066"


def test_control_and_invisible_characters_are_written_out_and_the_rest_stays():
    assert visible("é 模型 →\n\tπ") == "é 模型 →\n\tπ"
    text = visible(HOSTILE)
    assert text == r"a\u001b[31mred\u001b]0;title\u0007\u009bx\u202egnp\u200b\u0000b\u2066"
    assert one_line("a\r\n\tb  c") == "a b c"


def test_no_text_of_a_file_reaches_an_output_with_its_control_characters(tmp_path):
    import matplotlib

    from mergekit_eval.run.progress import became
    from mergekit_eval.session import Session
    from mergekit_eval.show import cell_html, report
    from mergekit_eval.show.explore import explore
    from mergekit_eval.show.tables import PaperTable
    from mergekit_eval.show.terminal import verdict_lines

    matplotlib.use("agg")
    frame = pd.DataFrame({"model": [HOSTILE], HOSTILE: [1.0], "parents": [(HOSTILE, "b")]})
    lab = Session(None, None, tmp_path)
    shown = [lab.show(frame), lab.say(HOSTILE), lab.missing(HOSTILE), cell_html.picture(b"", HOSTILE)]
    box = explore(frame, ["model"], cell_html.table, live=True)
    told = [*(repr(one) for one in shown), *(one._repr_html_() for one in shown), box.children[1].value]
    told += [*box.children[0].get_state()["_options_labels"], became(HOSTILE, "failed", 1.0, HOSTILE, HOSTILE)]
    cells = pd.DataFrame({"model": [HOSTILE], "task": HOSTILE, "value": 0.5, "higher_is_better": True})
    paper = PaperTable(cells=cells, caption=HOSTILE)
    told += [paper.latex(), paper.markdown(), paper.html(), repr(paper)]
    verdict = {
        "merge": HOSTILE,
        "macro": 0.5,
        "macro_low": 0.4,
        "macro_high": 0.6,
        "verdict": "worse",
        "reason": HOSTILE,
    }
    told += list(verdict_lines(pd.DataFrame([verdict]), 80))
    page = report.write_report(tmp_path / "r.html", title=HOSTILE, summary=HOSTILE, problems=frame, notice=HOSTILE,
                               provenance={HOSTILE: HOSTILE}, verdicts=pd.DataFrame([verdict]))  # fmt: skip
    told += [page.read_text(encoding="utf-8")]
    for text in told:
        assert not [char for char in text if unicodedata.category(char)[0] == "C" and char not in "\n\t"], repr(text)


def test_the_command_line_prints_no_control_characters(capsys):
    from mergekit_eval.cli import _echo

    _echo(HOSTILE)
    _echo(HOSTILE, err=True)
    out, err = capsys.readouterr()
    assert out == err == visible(HOSTILE) + "\n"


def test_records_and_objects_say_one_line_of_themselves():
    from mergekit_eval.run.evaluating import CellRecord
    from mergekit_eval.run.merging import MergeRecord
    from mergekit_eval.show.tables import PaperTable

    assert repr(MergeRecord("ties", "ran", 1.25, 90.0, "/w/ties", "/w/log", "")) == "ran    ties, 1.2 s"
    cell = CellRecord("m", "core", "", "failed", 0.0, "/w/log", "", "no memory")
    assert str(cell) == "failed m/core, 0.0 s: no memory (log: /w/log)"
    cells = pd.DataFrame({"model": ["m"], "task": "t", "value": 0.5, "higher_is_better": True, "scale": "unit"})
    assert repr(PaperTable(cells=cells)) == PaperTable(cells=cells).markdown()
    assert "DataFrame" not in repr(PaperTable(cells=cells))
