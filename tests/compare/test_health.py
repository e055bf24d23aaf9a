"""Signs of a broken merge in one row each."""

import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.health import health_table

MERGES = pd.DataFrame({"merge": ["sound", "dead", "silent"]})


def test_the_broken_come_first_and_every_count_says_of_how_many():
    lost = [("sound", False), ("sound", False), ("dead", True), ("dead", False)]
    collapse = tables.conform(pd.DataFrame(lost, columns=["merge", "lost"]), "collapse")
    seen = [("sound", "t", "loop", ""), ("dead", "t", "loop", ""), ("dead", "t", "empty", ""),
            ("dead", "u", "loop", ""), ("silent", "t", "", "no answers")]  # fmt: skip
    signs = tables.conform(pd.DataFrame(seen, columns=["model", "task", "sign", "note"]), "signs")
    bad = tables.conform(pd.DataFrame({"merge": "dead", "task": "t", "sign": ["loop", "empty"]}), "asymmetry")
    ratios = tables.conform(pd.DataFrame({"merge": ["dead", "dead"], "ratio": [2.0, 30.0]}), "perplexities")
    table = health_table(MERGES, collapse, signs, bad, ratios, {"dead": "at chance"}, {"dead": "loop"})
    assert table["merge"].tolist() == ["dead", "sound", "silent"]
    dead, sound, silent = (row for _, row in table.iterrows())
    assert (dead["n_lost"], dead["n_judged"], dead["n_degenerate"], dead["n_read"], dead["ratio"]) == (1, 2, 1, 2, 30.0)
    assert (sound["n_lost"], sound["n_judged"], sound["n_degenerate"], sound["n_read"]) == (0, 2, 0, 1)
    assert (dead["broken"], sound["broken"]) == (True, False)
    assert dead["reason"] == "at chance; loop"
    assert pd.isna(silent["n_judged"]) and pd.isna(silent["n_read"]) and silent["note"] == "t: no answers"


def test_without_a_merge_there_is_a_reason():
    bare = [tables.empty(name) for name in ("collapse", "signs", "asymmetry", "perplexities")]
    assert "no merge is known" in tables.reason(health_table(MERGES.iloc[:0], *bare, {}, {}))
