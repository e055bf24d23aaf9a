"""Make the bundled example from a finished run of the demo: ``python -m tools.tiny.pack_example``.

The example lets every notebook open before anything was run. It holds the three tables of the demo study, with paths
relative to the study's output, and nothing else; the README's figure is drawn from the same tables.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from mergekit_eval.collect.folders import Collection, read_tables, write_tables
from mergekit_eval.tiny import EXAMPLE

SHOWN = ("tiny_ifeval", "tiny_arithmetic", "tiny_translation_velan", "tiny_trace", "tiny_stories", "tiny_facts")
MODELS = ("linear_math_code", "slerp_instruct_multilingual", "linear_five", "ties_five", "model_stock_five")


def main(run: Path = Path("outputs/demo"), picture: Path = Path("docs/demo.png")) -> None:
    """Write ``mergekit_eval/tiny/example/*.parquet`` and the README's figure."""
    found = read_tables(run / "tables")
    frames = [relative(frame, run.resolve()) for frame in found]
    write_tables(Collection(*frames), EXAMPLE)
    draw(Collection(*frames), picture)


def relative(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return a copy whose paths start at the study's output folder."""
    column = "file" if "file" in frame else "source_file"
    out = frame.assign(**{column: frame[column].str.removeprefix(f"{folder}/")})
    if "model_name" in out:
        out["model_name"] = [name if not Path(name).is_absolute() else Path(name).name for name in out["model_name"]]
    return out


def draw(collection: Collection, picture: Path) -> None:
    """Draw six tasks, the parents and a few merges, as wide as a README."""
    from matplotlib import rc_context

    from mergekit_eval.compare import score_table
    from mergekit_eval.show import plots
    from mergekit_eval.show.style import rc

    scores = score_table(collection)
    keep = scores["task"].isin(SHOWN) & (scores["role"].ne("merge") | scores["model"].isin(MODELS))
    with rc_context(rc("notebook")):
        figure = plots.score_grid(scores[keep], columns=3)
        figure.savefig(picture, dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
