import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

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


@pytest.fixture
def needs_tex() -> Callable[..., None]:
    """Skip a test where a program or a package of TeX is not there."""

    def check(program: str, *packages: str) -> None:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} on this machine")
        if subprocess.run(["kpsewhich", *packages], capture_output=True, check=False).returncode:
            pytest.skip(f"this TeX lacks one of {', '.join(packages)}")

    return check


@pytest.fixture
def compile_tex(tmp_path: Path) -> Callable[..., str]:
    """Set a document in ``tmp_path``, assert that LaTeX takes it, and return its log."""

    def compiled(preamble: str, *body: str) -> str:
        lines = [r"\documentclass{article}", preamble, r"\begin{document}", *body, r"\end{document}"]
        (tmp_path / "t.tex").write_text("\n".join(lines), encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=120,
                              check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:]
        return done.stdout

    return compiled
