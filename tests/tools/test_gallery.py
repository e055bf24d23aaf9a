import re
from pathlib import Path

import pytest

from tools import gallery

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
def test_the_gallery_writes_a_page_with_every_picture(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(gallery, "EXAMPLES", gallery.EXAMPLES[:2])
    text = gallery.write_gallery(tmp_path).read_text()
    pictures = re.findall(r"\]\((gallery/\S+\.png)\)", text)
    assert pictures == ["gallery/scores.png", "gallery/score_grid.png"]
    assert all((tmp_path / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_the_committed_gallery_is_complete() -> None:
    text = (DOCS / "gallery.md").read_text()
    assert re.findall(r"## `plots\.(\w+)`", text) == [example.function for example in gallery.EXAMPLES]
    assert {path.stem for path in (DOCS / "gallery").glob("*.png")} == {
        example.function for example in gallery.EXAMPLES
    }
