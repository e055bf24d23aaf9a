from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from mergekit_eval import tables
from mergekit_eval.show import encodings
from mergekit_eval.show.style import MUTED
from tools.synthetic import models

# Full dichromacy in linear RGB: Machado, Oliveira, Fernandes 2009, IEEE TVCG 15(6), table 1, severity 1.0.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}

DRAWN = ("outcome", "verdict", "category", "place", "retained", "noise")


def lab(colour: str, kind: str) -> np.ndarray:
    """CIE L*a*b* of a colour as seen with a colour blindness."""
    srgb = np.array(to_rgb(colour))
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(BLINDNESS[kind]) @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.array([v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz / [0.9505, 1.0, 1.089]])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", BLINDNESS)
@pytest.mark.parametrize("family", [encodings.ROLES, *map(encodings.codes, DRAWN)], ids=["roles", *DRAWN])
def test_colours_stay_apart_or_have_another_mark(kind: str, family: dict) -> None:
    for (_, a), (_, b) in combinations(family.items(), 2):
        far = np.linalg.norm(lab(a.colour, kind) - lab(b.colour, kind))
        assert far > 20 or a.marker != b.marker, (kind, a, b, far)


@pytest.mark.parametrize("kind", BLINDNESS)
def test_roles_and_better_against_worse_differ_by_colour_alone(kind: str) -> None:
    named = [code.colour for role, code in encodings.ROLES.items() if role]
    pairs = [*combinations(named, 2), (encodings.COLOURS["better"], encodings.COLOURS["worse"])]
    assert min(np.linalg.norm(lab(a, kind) - lab(b, kind)) for a, b in pairs) > 18


def test_roles_differ_in_grey() -> None:
    light = sorted(lab(code.colour, "none")[0] for role, code in encodings.ROLES.items() if role)
    assert np.diff(light).min() > 8


def test_forty_models_get_forty_codes() -> None:
    given = encodings.model_codes(models(40)[0])
    assert len({(code.colour, code.marker) for code in given.values()}) == 40
    assert len({(code.colour, code.hatch) for code in given.values()}) == 40
    neighbours = list(given.values())
    assert all(a.colour != b.colour and a.marker != b.marker for a, b in pairwise(neighbours))


def test_a_model_keeps_its_colour_when_others_come() -> None:
    few, many = encodings.model_codes(["a", "b"]), encodings.model_codes(["a", "b", "a", "c"])
    assert many["a"] == few["a"]
    assert many["b"] == few["b"]


def test_an_unknown_outcome_is_never_taken_for_a_decided_one() -> None:
    assert encodings.code_of(encodings.OUTCOMES, "BETTER") == encodings.OUTCOMES[""]
    assert encodings.code_of(encodings.OUTCOMES, float("nan")) == encodings.OUTCOMES[""]
    assert encodings.code_of(encodings.ROLES, "wizard") == encodings.ROLES[""]
    assert encodings.code_of(encodings.codes("place"), "odd") == encodings.OUTCOMES[""]  # a vocabulary without ""


def test_no_role_looks_like_an_outcome_and_the_unknown_one_has_a_name() -> None:
    better, worse = encodings.OUTCOMES["better"], encodings.OUTCOMES["worse"]
    for role, code in encodings.ROLES.items():
        assert {code.marker, code.symbol}.isdisjoint({better.marker, worse.marker, better.symbol, worse.symbol}), role
    shown = encodings.present(encodings.ROLES, ["merge", "", None], encodings.ROLE_UNKNOWN)
    assert list(shown) == ["merge", "role unknown"]
    assert shown["role unknown"] == encodings.ROLES[""]
    assert "role unknown" not in encodings.present(encodings.ROLES, ["merge"], encodings.ROLE_UNKNOWN)


@pytest.mark.parametrize("vocabulary", tables.statuses())
def test_figures_mark_the_words_as_tables_do(vocabulary: str) -> None:
    known = tables.statuses()[vocabulary]
    drawn = encodings.codes(vocabulary)
    assert {word: code.symbol for word, code in drawn.items()} == {word: status.mark for word, status in known.items()}
    for word, status in known.items():
        assert drawn[word].colour == encodings.COLOURS[status.colour]


def test_every_mark_that_is_drawn_has_a_shape() -> None:
    marks = {status.mark for name in DRAWN for status in tables.statuses()[name].values()}
    assert marks <= set(encodings.SHAPES)


def test_what_is_open_fills_an_area_in_light_grey() -> None:
    assert encodings.fill(encodings.OUTCOMES["undecided"]) == MUTED
    assert encodings.fill(encodings.OUTCOMES["worse"]) == encodings.OUTCOMES["worse"].colour
