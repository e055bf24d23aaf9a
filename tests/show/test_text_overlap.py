import matplotlib.pyplot as plt

from tests.show import text_overlap


def test_finds_text_beyond_the_edge() -> None:
    figure = plt.figure(figsize=(2, 2))
    figure.text(0.9, 0.5, "a long text that cannot fit")
    assert len(text_overlap.faults(figure)) == 1
    assert "cut off" in text_overlap.faults(figure)[0]


def test_finds_texts_on_each_other_and_spares_neighbours() -> None:
    figure = plt.figure(figsize=(4, 2))
    figure.text(0.2, 0.5, "one")
    figure.text(0.21, 0.51, "two")
    figure.text(0.6, 0.5, "three")
    assert text_overlap.faults(figure) == ["on each other: 'one' and 'two'"]


def test_slanted_texts_are_judged_by_their_own_outline() -> None:
    figure = plt.figure(figsize=(4, 3))
    for at in (0.2, 0.3, 0.4):
        figure.text(at, 0.3, "a slanted label", rotation=60, rotation_mode="anchor")
    assert text_overlap.faults(figure) == []
    figure.text(0.2, 0.4, "across all of them")
    assert len(text_overlap.faults(figure)) >= 2


def test_labels_beyond_the_axis_limits_do_not_count() -> None:
    figure, ax = plt.subplots(figsize=(3, 2))
    ax.set_xticks(range(100))
    ax.set_xlim(0, 1.5)
    assert text_overlap.faults(figure) == []
