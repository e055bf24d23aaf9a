"""Linguistic probes per dataset: Holmes with its seeds, minimal pairs (BLiMP) with their items, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd

from mergekit_eval import tables
from mergekit_eval.compare.engine import PSEUDO
from mergekit_eval.compare.item_index import Evidence, Results, text_note
from mergekit_eval.compare.paired_differences import contrasts
from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.scores import score_table
from mergekit_eval.compare.shared_units import joined
from mergekit_eval.compare.testing import averaged, corrected, decide, tested
from mergekit_eval.packaged import packaged_yaml
from mergekit_eval.readers._holmes import F1, PEARSON, TOOL
from mergekit_eval.schema import Tables, require, subset
from mergekit_eval.shares import shares_checked
from mergekit_eval.wording import counted, share_of

ACCURACY, UNSTATED = "accuracy", "F1 or Pearson r, not stated"
PAIRS = "pairs"
ITEMS, SEEDS = "items", "probe seeds"  # what n counts
UNMAPPED = ""
NOT_SHARED = "no dataset shared by a merge and its base or a parent"


@cache
def _pairs() -> dict[str, Any]:
    return packaged_yaml("compare/minimal_pairs.yaml")


def phenomenon_of(task: str) -> tuple[str, str]:
    """Return field and phenomenon of a minimal-pair task, ('', '') for any other."""
    known = {name: (it["field"], what) for what, it in _pairs()["phenomena"].items() for name in it["tasks"].split()}
    prefix = next(filter(task.startswith, _pairs()["prefixes"]), task)
    return known.get(task.removeprefix(prefix), ("", ""))


def is_minimal_pair(task: str) -> bool:
    """Return whether a task is one of minimal pairs."""
    return task.startswith(tuple(_pairs()["prefixes"]))


def pairs_only(collection: Tables) -> Any:
    """Return the minimal pairs of a collection alone, as something that `differences` and `score_table` take."""
    return subset(collection, "task", is_minimal_pair)


def holmes_probes(
    collection: Tables, competencies: Mapping[str, Any] | None = None, measures: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return every Holmes score per model and probing dataset, its error taken over seeds.

    Parameters
    ----------
    collection : Collection
        What was read.
    competencies : mapping, optional
        Dataset -> an object with ``subfield`` and ``phenomenon`` (`readers.holmes_leaderboard.competencies` reads it
        from a leaderboard or a bare map); by default what the result files say.
    measures : mapping, optional
        Dataset -> "F1" or "Pearson r". Where neither this nor the file says, a dataset on which some model is negative
        is Pearson's r, which F1 cannot be, and the rest is "F1 or Pearson r, not stated".

    Returns
    -------
    DataFrame
        Table `probes`. ``competency`` is '' for a dataset that no map names (`unmapped`). Scores of one seed have no
        error.
    """
    scores = collection.scores
    holmes = scores[scores["tool"].eq(TOOL) & scores["kind"].eq("task") & scores["primary"].fillna(False).astype(bool)]
    if holmes.empty:
        return tables.empty("probes", "no result of Holmes among the files")
    place = ["model", "task", "filter"]
    again = holmes.duplicated(place, keep=False)
    rows = [_probe([row]) for row in holmes[~again].itertuples()]
    rows += [_probe(list(group.itertuples())) for _, group in holmes[again].groupby(place, sort=False)]
    out = tables.conform(rows, "probes")
    known, stated = competencies or {}, measures or {}
    negative = set(out.loc[out["value"] < 0, "dataset"])
    out["competency"] = [
        _named(known, d, "subfield", c) for d, c in zip(out["dataset"], out["competency"], strict=True)
    ]
    out["phenomenon"] = [_named(known, d, "phenomenon", "") for d in out["dataset"]]
    out["measure"] = [
        stated.get(d, m or (PEARSON if d in negative else UNSTATED))
        for d, m in zip(out["dataset"], out["measure"], strict=True)
    ]
    return out


def _named(known: Mapping[str, Any], dataset: str, what: str, default: str) -> str:
    entry = known.get(dataset)
    return default if entry is None else str(getattr(entry, what))


def _probe(rows: list[Any]) -> dict[str, Any]:
    """Return one dataset of one model, from one row that was averaged over seeds or from several runs of it.

    Runs that no date tells apart may be runs of the same seeds. Their mean counts, with the error and seeds of the one
    of fewest seeds and largest error: averaging them adds no seed.
    """
    weakest = min(rows, key=_strength)
    head = {"model": weakest.model, "role": weakest.role, "tool": TOOL, "dataset": weakest.task}
    head |= {"competency": weakest.capability, "measure": weakest.measure}
    seeds = int(weakest.seeds) if pd.notna(weakest.seeds) and weakest.seeds > 1 else None
    several = f"mean of {len(rows)} runs without a date, with the error of one" if len(rows) > 1 else ""
    no_error = "" if np.isfinite(weakest.stderr) else "no error: one seed, or the table does not say"
    numbers = {
        "value": fmean(row.value for row in rows),
        "stderr": weakest.stderr,
        "df": seeds - 1.0 if seeds else np.inf,
    }
    return head | numbers | {"seeds": seeds, "note": text_note(several, no_error)}


def _strength(row: Any) -> tuple[float, float]:
    """Return an order of runs by what their seeds show: without an error first, then few seeds, then a large error."""
    known = np.isfinite(row.stderr)
    return (float(row.seeds) if known and pd.notna(row.seeds) else 0.0, -float(row.stderr) if known else -np.inf)


@shares_checked
def minimal_pair_probes(collection: Tables, *, level: float = 0.95) -> pd.DataFrame:
    """Return every minimal-pair task (BLiMP and its like) per model in the table `probes`, errors from items.

    An error holds half an item's variance more, so that all right of 40 is not all right for sure.
    """
    pairs = score_table(pairs_only(collection), level=level)
    if pairs.empty:
        return tables.empty("probes", "no minimal-pair task (blimp_*) among the results")
    named = [phenomenon_of(task) for task in pairs["task_key"]]
    size = pd.to_numeric(pairs["n"]).astype(float)
    stderr = np.sqrt(pairs["stderr"].astype(float) ** 2 + PSEUDO / size**2)
    out = {
        "model": pairs["model"], "role": pairs["role"], "tool": PAIRS, "dataset": pairs["task"],
        "competency": [field for field, _ in named], "phenomenon": [phenomenon for _, phenomenon in named],
        "measure": ACCURACY, "value": pairs["value"], "stderr": stderr, "df": np.inf, "seeds": np.nan, "n": size,
        "note": pairs["note"],
    }  # fmt: skip
    return tables.conform(pd.DataFrame(out).reset_index(drop=True), "probes")


def unmapped(probes: pd.DataFrame) -> pd.DataFrame:
    """Return the datasets that no map assigns to a competency, with how many models have them."""
    rows = probes[probes["competency"].eq(UNMAPPED)].groupby("dataset", sort=True)
    out = rows.agg(models=("model", "nunique"), measure=("measure", "first")).reset_index()
    return tables.conform(out, "unmapped", "every dataset is mapped" if len(probes) else tables.reason(probes))


@tables.makes("probe_groups")
@shares_checked
def probe_groups(
    probes: pd.DataFrame, collection: Results, by: str = "competency", *, level: float = 0.95
) -> pd.DataFrame:
    """Return the mean per model and competency (or phenomenon), each measure for itself.

    Parameters
    ----------
    probes : DataFrame
        From `holmes_probes` or `minimal_pair_probes`.
    collection : Collection
        What they were made from: it knows which minimal pairs stand in several datasets.
    by : {"competency", "phenomenon"}
        What is averaged.
    level : float
        Confidence level; the interval carries the error over seeds (Holmes) or items (minimal pairs) of these datasets,
        not how another choice of datasets would come out. Minimal pairs that stand in several datasets count once;
        errors over seeds are taken as independent between datasets, since they are those of the probes' training.

    Returns
    -------
    DataFrame
        Table `probe_groups`, with the columns of a score plot; ``task`` is the competency, with its measure where there
        are several. Averages hold the datasets that every model has which has at least half of them; a model with fewer
        has no value and says so; what was left out is counted in ``note``. Unmapped datasets are in no group: see
        `unmapped`.
    """
    require(probes, tables.columns("probes"), "probe_groups")
    mapped = probes[probes[by].ne(UNMAPPED)]
    roles = probes.drop_duplicates("model").set_index("model")["role"]
    rows, evidence = [], Evidence.of(collection)
    for (group, measure), members in mapped.groupby([by, "measure"], sort=False):
        rows += _group(str(group), str(measure), members, roles, evidence, level)
    out = pd.DataFrame(rows, columns=tables.columns("probe_groups"))
    if out.empty:
        return tables.empty("probe_groups", tables.reason(probes) if probes.empty else f"no dataset has a {by}")
    several = out.groupby("task")["measure"].nunique()
    named = out["task"].map(several).gt(1)
    return out.assign(task=out["task"].where(~named, out["task"] + " (" + out["measure"] + ")"))


def _group(
    group: str, measure: str, probes: pd.DataFrame, roles: pd.Series, evidence: Evidence, level: float
) -> list[dict[str, Any]]:
    wide = probes.pivot_table(index="model", columns="dataset", values="value", sort=False).reindex(roles.index)
    measured_most = wide.notna().mean(axis=1) >= 0.5
    shared = set(wide.columns[wide[measured_most].notna().all()]) if measured_most.any() else set()
    left = len(wide.columns) - len(shared)
    gap = f"{share_of(left, len(wide.columns), 'dataset')} left out: not measured for every model" if left else ""
    chance = {F1: np.nan, ACCURACY: 0.5}.get(measure, 0.0 if measure == PEARSON else np.nan)
    head = {"task": group, "measure": measure, "higher_is_better": True, "chance": chance}
    head |= {"scale": "natural" if measure == PEARSON else "unit", "n_tasks": len(shared)}
    rows = []
    for model in roles.index:
        row = head | {"model": model, "role": roles[model]}
        shared_probes = probes[probes["model"].eq(model) & probes["dataset"].isin(shared)]
        if not measured_most[model] or len(shared_probes) == 0:
            have = int(wide.loc[model].notna().sum())
            rows.append(row | {"note": f"measured on {share_of(have, len(wide.columns), 'dataset')} only: no mean"})
        else:
            rows.append(row | _average(shared_probes, evidence, level, gap))
    return rows


def _average(own: pd.DataFrame, evidence: Evidence, level: float, gap: str) -> dict[str, Any]:
    parts = own[["value", "stderr", "df"]].to_numpy(float)
    sizes = own["n"].where(own["n"].notna(), own["seeds"])
    pairs = own["tool"].eq(PAIRS).all()
    unit = ITEMS if pairs else SEEDS
    who = zip(own["model"], own["dataset"], strict=True)
    asked = [evidence.questions.behind(*one) if pairs else None for one in who]
    unknown = unknown_sharing(own["dataset"].tolist(), asked) if pairs else ""
    found = {"n": sizes.sum() if sizes.notna().all() else None, "n_of": unit}
    if not np.isfinite(parts[:, 1]).all():
        bare = int((~np.isfinite(parts[:, 1])).sum())
        note = text_note(gap, f"no interval: {counted(bare, 'dataset')} without an error")
        return found | {"value": float(parts[:, 0].mean()), "note": note}
    value, stderr, df = averaged(*joined([tuple(part) for part in parts], [1 / len(parts)] * len(parts), asked))
    row = tested(value, stderr, df, level)
    limits = {name: row.get(f"gain_{name}") for name in ("low", "high")}
    if own["measure"].iloc[0] != PEARSON:
        limits = {name: None if at is None else min(max(at, 0.0), 1.0) for name, at in limits.items()}
    return found | {"value": value, "stderr": stderr, **limits, "note": text_note(gap, row.get("note", ""), unknown)}


@shares_checked
def probe_differences(
    probes: pd.DataFrame, merges: pd.DataFrame, domains: Mapping[str, Any] | None = None, *, alpha: float = 0.05
) -> pd.DataFrame:
    """Return each merge minus its base and parents, dataset by dataset.

    Parameters
    ----------
    probes : DataFrame
        From `holmes_probes`: errors over seeds, which are independent runs of the probe and are not paired. Minimal
        pairs have items: `differences` compares them better, item by item.
    merges : DataFrame
        merge, parents, base.
    domains : mapping, optional
        Model -> capabilities; a parent with a domain is also named as specialist.
    alpha : float
        Family-wise error rate (Holm) per merge and reference.

    Returns
    -------
    DataFrame
        Table `probe_differences`, with the columns that figures of gains draw: ``capability`` is the competency.
        Without errors there is a gain and nothing is decided.
    """
    require(probes, tables.columns("probes"), "probe_differences")
    by_model = {str(model): rows.set_index("dataset") for model, rows in probes.groupby("model", sort=False)}
    rows = []
    for pair in contrasts(merges):
        merge, reference = by_model.get(pair.merge), by_model.get(pair.reference)
        if merge is None or reference is None:
            continue
        special = bool((domains or {}).get(pair.reference)) and pair.relation == "parent"
        for dataset in [d for d in merge.index if d in reference.index]:
            row = _difference(merge.loc[dataset], reference.loc[dataset], 1 - alpha)
            rows.append(pair._asdict() | {"task": dataset} | row | ({"relation": "specialist"} if special else {}))
    out = pd.DataFrame(rows, columns=tables.columns("probe_differences"))
    decided = decide(out, corrected(out, families=["merge", "reference"]), alpha)
    return tables.conform(decided, "probe_differences", NOT_SHARED)


def _difference(a: pd.Series, b: pd.Series, level: float) -> dict[str, Any]:
    about = {
        "capability": a["competency"], "phenomenon": a["phenomenon"], "measure": a["measure"], "n": a["seeds"],
        "n_of": SEEDS, "scale": "natural" if a["measure"] == PEARSON else "unit",
        "note": text_note(a["note"] or "", b["note"] or ""),
    }  # fmt: skip
    errors = np.array([a["stderr"], b["stderr"]], dtype=float)
    if not np.isfinite(errors).all():
        return about | {"gain": float(a["value"] - b["value"])}
    _, half, df = averaged([(0.0, errors[0], float(a["df"])), (0.0, errors[1], float(b["df"]))])
    gain = tested(float(a["value"] - b["value"]), 2 * half, df, level)
    return about | gain | {"note": text_note(about["note"], gain.get("note", ""))}
