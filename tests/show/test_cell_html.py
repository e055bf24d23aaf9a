import base64
import io
import re

import pandas as pd
from PIL import Image

from mergekit_eval.show import cell_html

EVIL = "<img src=x onerror=alert(1)>\"'&\u202e"
SAFE = "&lt;img src=x onerror=alert(1)&gt;&quot;&#x27;&amp;\\u202e"


def test_numbers_stand_right_and_long_texts_get_room():
    frame = pd.DataFrame({"n": pd.array([1234, None], dtype="Int64"), "text": ["x" * 60, "x" * 61]})
    page = cell_html.table(frame).page
    assert '<th class="num">n</th><th>text</th>' in page
    assert f'<tr><td class="num">1,234</td><td>{"x" * 60}</td></tr>' in page
    assert f'<tr><td class="num">—</td><td class="long">{"x" * 61}</td></tr>' in page


def test_what_is_cut_or_empty_is_stated():
    frame = pd.DataFrame({"x": range(1500)})
    long = cell_html.table(frame, limit=2)
    assert long.page.count("<tr>") == 3
    assert "1,500 rows, the first 2 shown" in long.page
    assert long.text.endswith("1,500 rows, the first 2 shown")
    assert "shown" not in cell_html.table(frame, limit=1500).page
    assert cell_html.table(frame.head(0)).text == "no rows"


def test_every_text_is_escaped_in_tables_pictures_and_paragraphs(tmp_path):
    png = tmp_path / "f.png"
    png.write_bytes(pixels((9, 9, 9)))
    shown = [
        cell_html.table(pd.DataFrame({EVIL: [EVIL, (EVIL, "b")]})),
        cell_html.figure(png, EVIL, [png, png.with_suffix(".pdf")]),
        cell_html.picture(b"", EVIL),
        cell_html.say(EVIL),
    ]
    assert [one.page.count(SAFE) for one in shown] == [3, 2, 2, 1]
    assert not [one for one in shown if "<img src=x" in one.page or "\u202e" in one.page + repr(one)]


def test_a_figure_is_embedded_with_its_caption_and_files(tmp_path):
    png = tmp_path / "figures" / "f.png"
    png.parent.mkdir()
    png.write_bytes(pixels((200, 10, 30)))
    shown = cell_html.figure(png, "Gains.", [png, png.with_suffix(".pdf")])
    embedded = base64.b64decode(re.search(r'src="data:image/png;base64,([^"]+)"', shown.page)[1])
    with Image.open(io.BytesIO(embedded)) as picture:
        assert (picture.size, picture.convert("RGB").getpixel((2, 1))) == ((4, 3), (200, 10, 30))
    assert "Gains. <br>Saved: f.png, f.pdf" in shown.page
    assert shown.text == "Gains.\nfigures: f.png, f.pdf"
    assert cell_html.figure(png, "Gains.", [png], "out/figures").text == "Gains.\nout/figures: f.png"


def test_several_things_are_shown_below_one_another():
    parts = [cell_html.say("one"), cell_html.say("two")]
    both = cell_html.together(parts)
    assert both.page == parts[0].page + parts[1].page
    assert repr(both) == "one\ntwo"


def test_a_picture_of_few_colours_keeps_them_and_takes_fewer_bytes():
    noise = Image.effect_noise((300, 200), 80).convert("RGBA")
    out = io.BytesIO()
    noise.save(out, "png")
    small = cell_html.for_page(out.getvalue())
    assert len(small) < len(out.getvalue())
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.convert("L").tobytes() == noise.convert("L").tobytes()


def pixels(colour):
    out = io.BytesIO()
    Image.new("RGB", (4, 3), colour).save(out, "png")
    return out.getvalue()


def test_a_number_stays_on_one_line_with_its_interval():
    page = cell_html.table(pd.DataFrame({"average": ["81.6% [75.0%, 85.1%]"]})).page
    assert '<td class="span">81.6% [75.0%, 85.1%]</td>' in page
