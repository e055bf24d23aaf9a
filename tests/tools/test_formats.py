import json

from tools import formats

RESULTS = {"results": {"arc_easy": {"alias": "arc_easy", "acc,none": 0.5}}, "config": {"model": "hf"}}


def test_a_row_shows_the_numbers_and_the_problems_in_the_order_of_their_kinds() -> None:
    row = formats.line("lm-eval/a", [1234, 1, 0, 0, 1, 2, 3], formats.Counter({"skipped": 2, "duplicate": 1}))
    assert row == "| lm-eval/a | 1,234 | 1 | 0 | 0 | 1 | 2 | 3 | 1 duplicate, 2 skipped |\n"


def test_the_table_has_a_row_per_folder_and_their_sum(tmp_path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / "lm-eval" / name
        folder.mkdir(parents=True)
        (folder / f"results_{name}.json").write_text(json.dumps(RESULTS))
    head, _, *rows = formats.table(tmp_path).splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in (head, *rows)]
    assert cells[0] == list(formats.COLUMNS)
    assert [row[0] for row in cells[1:]] == ["lm-eval/one", "lm-eval/two", "**all**"]
    assert [row[1:3] for row in cells[1:]] == [["1", "1"], ["1", "1"], ["2", "2"]]
    assert [row[6] for row in cells[1:]] == ["1", "1", "2"]


def test_the_page_has_the_two_marks_once() -> None:
    page = (formats.CHECKOUT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert page.count(formats.START) == page.count(formats.END) == 1
