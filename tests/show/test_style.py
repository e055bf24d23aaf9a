import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import pytest

from mergekit_eval.errors import ParameterError
from mergekit_eval.show import style

EVERY = [
    (name, column) for name, venue in style.venues().items() for column in ("full", "half") if getattr(venue, column)
]


def test_the_venues_asked_for_are_there() -> None:
    asked = {"neurips", "iclr", "icml", "acl", "emnlp", "aaai", "cvpr", "tmlr", "jmlr", "slide", "notebook"}
    assert asked <= set(style.venues())
    assert all(venue.source for venue in style.venues().values())


@pytest.mark.parametrize(("venue", "column"), EVERY)
@pytest.mark.parametrize("font", ["sans", "serif"])
def test_every_bundle_draws_at_its_width(venue: str, column: str, font: str) -> None:
    with matplotlib.rc_context(style.rc(venue, column=column, font=font)):
        figure, axes = plt.subplots()
        axes.set_title("Text")
        figure.draw_without_rendering()
        assert figure.get_figwidth() == pytest.approx(getattr(style.venues()[venue], column))
        assert matplotlib.rcParams["pdf.fonttype"] == 42


def test_widths_are_those_of_the_style_files() -> None:
    assert style.width("acl", "half") == pytest.approx(7.7 / 2.54, abs=0.001)
    assert style.width("acl") == pytest.approx(16 / 2.54, abs=0.001)
    assert style.width("neurips", fraction=0.5) == 2.75


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"venue": "nips"}, "neurips"),
        ({"venue": "neurips", "column": "half"}, "full"),
        ({"fraction": 0}, "above 0"),
        ({"font": "comic"}, "sans"),
        ({"tex": "yes"}, "usetex"),
    ],
)
def test_a_wrong_choice_names_the_right_ones(arguments: dict, named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        style.rc(**arguments)


def test_tex_is_a_switch() -> None:
    assert style.rc()["text.usetex"] is False
    assert style.rc(tex="usetex")["text.usetex"] is True
    assert style.rc(tex="pgf")["pgf.rcfonts"] is False


@pytest.mark.slow
def test_importing_changes_nothing() -> None:
    code = (
        "import matplotlib; before = dict(matplotlib.rcParams);"
        "import mergekit_eval.show.plots, mergekit_eval.show.report, mergekit_eval.show.save, mergekit_eval.show.style;"
        "after = dict(matplotlib.rcParams); changed = [k for k in before if before[k] != after[k] and k != 'backend'];"
        "assert not changed, changed"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
