"""Tell apart runs of one model that differ in settings without a column, or in how their tasks were defined."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mergekit_eval.collect.identify import Identities
from mergekit_eval.collect.labels import ABSENT, Variants, as_ids, cut, differing, labels
from mergekit_eval.collect.read_file import cleaned
from mergekit_eval.readers._base import problem
from mergekit_eval.readers._lm_eval import canonical

WHAT = ["model", "tool", "task", "metric", "filter", "kind", "aggregate"]
SETTING_COLUMNS = ["n_shot", "limit", "task_version", "chat_template", "system_prompt", "gen_kwargs", "quantization"]
# What says how a task was defined, the more telling first.
DEFINING = ("task_definition", "task_hash")
SHOWN = 5


def separate(scores: pd.DataFrame, study: Any) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Tell apart runs of one model that measured the same under different ``settings``.

    A label that the study lists under ``ids`` names the model. Else a model the study names keeps its name and gets
    the difference as ``condition``; any other gets it in its name. The whole difference is in ``difference``.
    """
    key, out, identities = [*WHAT, *SETTING_COLUMNS], scores.copy(), Identities(study, {})
    if not out.duplicated(key).any():
        return out, []
    same = out.groupby(key, dropna=False, sort=False)["settings"].transform("nunique")
    problems = []
    for model in sorted(set(out.loc[same > 1, "model"])):
        mine = out["model"] == model
        clashing = sorted(set(out.loc[mine & (same > 1), "settings"]))
        files = sorted(set(out.loc[mine & out["settings"].isin(clashing), "source_file"]))
        variants = {text: _parsed(text) for text in clashing}
        if not differing(variants):
            continue
        named = labels(variants)
        for settings, label in named.items():
            rows = out.index[mine & (out["settings"] == settings)]
            _mark(out, rows, label, _whole(variants, settings), identities, in_name=not identities.role(model))
        text = f"{model}: one name for {len(named)} conditions, kept apart: {_listed(named)}"
        todo = as_ids([f"{model} [{next(iter(named.values()))}]"])
        problems.append({"file": files[0]} | problem("identity", text, todo))
    return out, problems


def separate_definitions(
    scores: pd.DataFrame, definitions: Mapping[str, str], study: Any
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Tell apart, by ``condition``, runs of one model in which tasks of one name are defined differently.

    Hashes of the items count too: rows that are compared here have equal limits and templates. A run that states no
    definition goes with the only one there is; where there are several, its definition is unknown.

    Parameters
    ----------
    definitions : mapping
        ``task_definition`` -> its parts, as a JSON text.
    """
    key = [*WHAT, *SETTING_COLUMNS, "condition"]
    out, identities = scores.copy(), Identities(study, {})
    told: dict[tuple[str, tuple[str, ...]], list[pd.Series]] = defaultdict(list)
    again = scores[scores.duplicated(key, keep=False)]
    if again.empty:
        return out, []
    stated = again[list(DEFINING)].where(again[list(DEFINING)] != "")
    differ = stated.groupby([again[name] for name in key], dropna=False, sort=False).transform("nunique") > 1
    for _, rows in again[differ.any(axis=1)].groupby(key, dropna=False, sort=False):
        column = next(name for name in DEFINING if len(set(rows[name]) - {""}) > 1)
        variants = {one: _parts(definitions, one, column) for one in rows[column].unique()}
        named = labels(variants)
        for one, label in named.items():
            _mark(out, rows.index[rows[column] == one], label, _whole(variants, one), identities)
        told[rows["model"].iloc[0], tuple(named.values())].append(rows.iloc[0])
    return out, [_defined(model, dict(enumerate(named)), rows) for (model, named), rows in told.items()]


def _mark(
    scores: pd.DataFrame, rows: pd.Index, label: str, whole: str, identities: Identities, *, in_name: bool = False
) -> None:
    """Write into some rows what tells them apart: as the name a study has for it, in their name, or as condition."""
    before, model = scores.loc[rows[0], ["condition", "model"]]
    condition = cut(f"{before}, {label}" if before else label)
    name = identities.labelled(condition, [model, *scores.loc[rows, "model_name"].unique()])
    if name:
        scores.loc[rows, "role"] = identities.role(name)
    scores.loc[rows, "model"] = name or (f"{model} [{label}]" if in_name else model)
    scores.loc[rows, "condition"] = before if in_name and not name else condition
    scores.loc[rows, "difference"] = whole


def _parsed(text: str) -> dict[str, str]:
    return {key: str(value) for key, value in json.loads(text).items()} if text else {}


def _parts(definitions: Mapping[str, str], name: str, column: str) -> dict[str, str]:
    return cleaned(json.loads(definitions[name])) if name in definitions else {column: name or "unknown"}


def _whole(variants: Variants, name: str) -> str:
    return canonical({key: variants[name].get(key, ABSENT) for key in differing(variants)})


def _listed(named: Mapping[Any, str]) -> str:
    """Return some labels as text; a message with all of them could be longer than any screen."""
    shown = list(named.values())
    more = f"; and {len(shown) - SHOWN} more, see the column `difference`" if len(shown) > SHOWN else ""
    return "; ".join(shown[:SHOWN]) + more


def _defined(model: str, named: Mapping[Any, str], rows: list[pd.Series]) -> dict[str, str]:
    first = next((row for row in rows if row["kind"] == "task"), rows[0])
    more = f" (and {len(rows) - 1} more scores)" if len(rows) > 1 else ""
    text = f"{model}: {len(named)} definitions of {first['task']}{more}, kept apart: {_listed(named)}"
    label = next(iter(named.values()))
    todo = f"compare runs of one definition; to name one, {as_ids([f'{model} [{label}]'])}"
    return {"file": first["source_file"]} | problem("identity", text, todo)
