"""One number per difference: asserted of every CSV file that notebooks and report leave in a folder."""

import gzip
import io

import pandas as pd
import pytest

NUMBERS = ["gain", "stderr", "df", "gain_low", "gain_high", "p", "n", "mde", "wins", "losses", "ties", "units"]
# Columns of one name that say something else than the difference's own number, and what.
OTHER = {
    ("no_worse", "p"): "one-sided, against a loss of the margin",
    ("mde", "mde"): "at the error rate of the family",
    ("forest", "gain_low"): "limits of the family, from significance.csv",
    ("forest", "gain_high"): "limits of the family, from significance.csv",
} | {
    (file, end): "limits that hold together for the table of verdicts"
    for file in ("places", "report_places", "verdicts", "report_verdicts", "macro_gains", "report_macro_gains")
    for end in ("gain_low", "gain_high")
}


def shown(folder) -> pd.DataFrame:
    """Return every number on a difference in the CSV files of a folder: file, key, column, value."""
    parts = []
    for path in sorted(folder.rglob("*.csv*")):
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
        table = pd.read_csv(io.StringIO(text)) if text.strip() else pd.DataFrame()
        if "best_parent" in table and "gain" in table:
            best = {"reference": table["best_parent"], "relation": "best parent"}
            table = table.assign(**best, task="overall", level="overall")
        if not {"merge", "reference", "task", "gain"} <= set(table):
            continue
        stem = path.name.split(".")[0]
        table = table.assign(
            file=f"{path.parent.name}/{stem}",
            level=table.get("level", "task"),
            best=table["relation"].eq("best parent") if "relation" in table else False,
        )
        # a figure calls it "average" beside capabilities, and names a merge with its reference where there are several
        table["task"] = table["task"].where(table["level"].ne("overall"), "overall")
        names = zip(table["merge"], table["reference"], strict=True)
        table["merge"] = [str(merge).removesuffix(f" − {reference}") for merge, reference in names]
        if stem == "forgetting":  # its averages are of the tasks outside of the parents' domains
            table = table[table["level"].eq("task")]
        numbers = [name for name in NUMBERS if name in table and (stem, name) not in OTHER]
        keys = ["file", "merge", "reference", "level", "task", "best"]
        parts.append(table.melt(keys, numbers, "column", "value").dropna(subset=["value", "reference"]))
    return pd.concat(parts, ignore_index=True)


def one_number(folder) -> pd.DataFrame:
    """Assert that every difference has one number per column in all files, all of them in the comparison table."""
    found = shown(folder)
    key = ["merge", "reference", "level", "task", "best", "column"]
    spread = found.groupby(key)["value"].agg(["min", "max"])
    apart = spread[(spread["max"] - spread["min"]) > 1e-9 * spread.abs().max(axis=1).clip(lower=1)]
    assert apart.empty, apart.head()
    table = found[found["file"].str.endswith("/comparison")]
    assert set(map(tuple, found[key].to_numpy())) == set(map(tuple, table[key].to_numpy()))
    return found


def reasons_are_of_the_table(folder) -> None:
    """Assert that a verdict's sentence has the numbers of its row of the table of places, and the report the words."""
    rows = pd.read_csv(folder / "tables" / "places.csv").query("level == 'overall' and relation != 'base'")
    rows = rows.drop_duplicates(["merge", "reference"], keep="last").set_index(["merge", "reference"])
    told = [
        (verdict.reason, rows.loc[(verdict.merge, verdict.best_parent)])
        for file in ("verdicts", "report_verdicts")
        for verdict in pd.read_csv(folder / "tables" / f"{file}.csv").itertuples()
        if pd.notna(verdict.best_parent)
    ]
    assert told
    texts = pd.read_csv(folder / "texts.csv")
    (paragraph,) = texts.loc[texts["cell"].eq("07_words"), "text"]
    assert texts.loc[texts["cell"].eq("report"), "text"].str.startswith(paragraph).any()
    for reason, row in told:
        gain, low, high = (f"{row[name] * 100:+.1f}" for name in ("gain", "gain_low", "gain_high"))
        limits = f"[{low}, {high}]"
        if 0 in (row["gain_low"], row["gain_high"]):  # a claim that the limit alone would not show
            limits = f"(> 0, at most {high})" if row["gain_low"] == 0 else f"(< 0, at least {low})"
        share = "" if pd.isna(row["gain_share"]) else f" ({row['gain_share'] * 100:+.1f} %)"
        assert f"{gain} points {limits}{share} against" in reason


def forest_is_joint(folder) -> None:
    """Assert that the forest shows the limits that hold for the whole family."""
    key = ["merge", "reference", "task"]
    drawn_limits = pd.read_csv(folder / "figures" / "forest.csv").set_index(key)
    family = pd.read_csv(folder / "tables" / "significance.csv").set_index(key).loc[drawn_limits.index]
    assert drawn_limits["gain_low"].to_numpy() == pytest.approx(family["joint_low"].to_numpy())
    assert drawn_limits["gain_high"].to_numpy() == pytest.approx(family["joint_high"].to_numpy())
