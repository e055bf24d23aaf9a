from collections.abc import Iterator

import matplotlib
import pytest

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def paper() -> Iterator[None]:
    """Draw as for a paper, leave no figure open and no setting behind."""
    import matplotlib.pyplot as plt

    from mergekit_eval.show import style

    with matplotlib.rc_context(style.rc("neurips")):
        yield
    plt.close("all")
