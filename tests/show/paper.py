"""Small frames of scores and differences, as paper tables take them."""

import numpy as np
import pandas as pd

from mergekit_eval.show.tables import PaperTable, Significance
from tools import synthetic as s

TEST = Significance("mid-p McNemar", "Holm", "all merges, references and tasks", 24)


EVIL = "evil_&%$#{}~^\\<>|\"'`*[x](y)–中é\n🦙"


def cells(values: dict[str, list[float]], higher: bool | None = True, **more: object) -> pd.DataFrame:
    rows = [
        {"model": model, "task": f"t{i}", "value": value}
        for model, row in values.items()
        for i, value in enumerate(row)
    ]
    return pd.DataFrame(rows).assign(higher_is_better=higher, scale="unit", **more)


def beats(*pairs: tuple[str, str], task: str = "t0") -> pd.DataFrame:
    return pd.DataFrame([{"task": task, "merge": a, "reference": b, "decided": "better"} for a, b in pairs],
                        columns=["task", "merge", "reference", "decided"])  # fmt: skip


THREE = {"a": [0.9], "b": [0.8], "c": [0.7]}


ALL = beats(("a", "b"), ("a", "c"), ("b", "c"))


def big_table(interval: str) -> PaperTable:
    table = s.score_table(8, 4, missing=0.1)
    table["model"] = table["model"].replace({"lab/Tiny-Llama-Code": EVIL})
    table["task"] = table["task"].replace({"mmlu": "m_&%$#{}~^\\l\u0100"})
    table["mark"] = np.where(table["model"].str.contains("ties"), "better", "")
    pairs = table.dropna(subset="value").groupby("task").apply(_order, include_groups=False).reset_index(level=0)
    return PaperTable(cells=table, row_group="role", column_group="capability", decided=pairs, significance=TEST,
                      interval=interval, caption=EVIL, notes=(EVIL,), names={"merge": "Merges & more"})  # type: ignore[arg-type]  # fmt: skip


def _order(rows: pd.DataFrame) -> pd.DataFrame:
    order = rows.sort_values("value", ascending=False)["model"].tolist()
    return pd.DataFrame(
        [{"merge": a, "reference": b, "decided": "better"} for i, a in enumerate(order[:2]) for b in order[i + 1 :]]
    )
