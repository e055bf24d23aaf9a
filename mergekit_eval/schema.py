"""The three tables everything flows through, declared as data.

``scores`` has one row per (run, model, task, metric, filter), ``items`` one row per item of such a score,
``problems`` one row per thing that could not be read as it stood. A column is added here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, Protocol

import pandas as pd

from mergekit_eval.errors import DataError


class Column(NamedTuple):
    """One column: its name, its pandas dtype, what it holds."""

    name: str
    dtype: Literal["str", "float64", "Int64", "boolean", "int32", "int64"]
    help: str


class Tables(Protocol):
    """What analyses take: the tables of a `collect.Collection`, or of any object that has them."""

    @property
    def scores(self) -> pd.DataFrame:
        """One row per (run, model, task, metric, filter)."""

    @property
    def items(self) -> pd.DataFrame:
        """One row per item of a score."""

    @property
    def problems(self) -> pd.DataFrame:
        """One row per thing that could not be read as it stood."""


ROLES = ("base", "parent", "merge", "reference")

SCORES = (
    Column("run", "str", "one evaluation: result file relative to the collected folder, without its ending"),
    Column("model", "str", "identity of the model in this collection, unique per model"),
    Column("role", "str", "base, parent, merge or reference; empty where no study says"),
    Column("model_name", "str", "the name the file itself gives the model"),
    Column("model_from", "str", "which identity rule gave `model`"),
    Column("tool", "str", "the program that wrote the file, e.g. lm-eval, bigcode, evalplus, mt-bench"),
    Column("task", "str", "task name of today (old names are mapped)"),
    Column("task_name", "str", "task name as the file has it"),
    Column("metric", "str", "metric without its filter, e.g. acc_norm"),
    Column("filter", "str", "answer filter, 'none' where there is none"),
    Column("value", "float64", "score on the scale of its file, see `scale`"),
    Column("stderr", "float64", "standard error as the file gives it, NaN where it gives none"),
    Column("n", "Int64", "number of items behind the value"),
    Column("n_from", "str", "file, items, recovered (from value and stderr), registry, or empty where unknown"),
    Column("higher_is_better", "boolean", "direction; missing where nobody knows: such a score is never ranked"),
    Column("chance", "float64", "score of guessing, on the scale of `value`; NaN where unknown"),
    Column("scale", "str", "unit (0-1), percent (0-100) or natural (unbounded)"),
    Column("primary", "boolean", "is this the metric that stands for the task"),
    Column("kind", "str", "task (a leaf), group (the file's own aggregate) or recomputed (ours, from leaves)"),
    Column("aggregate", "str", "how a recomputed row averages its leaves: micro (by items) or macro (plain mean)"),
    Column("group", "str", "direct parent group of the task in its file, empty if none"),
    Column("capability", "str", "capability the task measures, e.g. math; empty where unknown"),
    Column("n_shot", "Int64", "few-shot examples in the prompt"),
    Column("limit", "float64", "lm-eval --limit, NaN for a full run"),
    Column("task_version", "str", "version of the task definition"),
    Column("task_definition", "str", "short hash of prompt, target, choices, split, filter and generation arguments"),
    Column("task_hash", "str", "lm-eval's hash of items, prompts and targets, cut; depends on limit and template"),
    Column("tool_version", "str", "version of the tool"),
    Column("chat_template", "str", "empty (none), or a short hash of the template"),
    Column("system_prompt", "str", "empty (none), or a short hash of the system prompt"),
    Column("gen_kwargs", "str", "generation arguments as canonical JSON, empty for the task's own"),
    Column("quantization", "str", "empty, 4bit, 8bit, ..."),
    Column("settings", "str", "what else can change answers (backend, dtype, seeds, model arguments), canonical JSON"),
    Column("condition", "str", "what tells rows of one model, task and setting apart where the columns do not"),
    Column(
        "difference",
        "str",
        "the whole difference behind a label in `model` or `condition`, canonical JSON",
    ),
    Column("merge_method", "str", "how the model was merged, by mergekit's own files or its folder; empty if unknown"),
    Column("merge_parents", "str", "the models that go into the merge as a JSON list, empty if unknown"),
    Column("merge_base", "str", "model at which the task vectors of the merge start, empty if none or unknown"),
    Column("merge_from", "str", "what told of the merge: mergekit_config.yml, model card, a name, a table"),
    Column("merge_inert", "str", "models the recipe names that add nothing to the merge, as a JSON list"),
    Column("merge_stages", "str", "earlier stages of a staged merge, as a JSON list of texts"),
    Column("merge_unclear", "str", "what could not be understood of the merge's origin"),
    Column("date", "float64", "unix seconds of the run by its own stamp, NaN where unknown"),
    Column("source_file", "str", "path of the file the value was read from"),
    Column("note", "str", "what a reader should know before trusting the row"),
)

ITEMS = (
    Column("run", "str", "as in scores"),
    Column("model", "str", "as in scores"),
    Column("role", "str", "as in scores"),
    Column("task", "str", "as in scores"),
    Column("metric", "str", "as in scores"),
    Column("filter", "str", "as in scores"),
    Column("item_key", "str", "identity of the item across models: doc_hash, else a content hash, else 'id:<doc_id>'"),
    Column("occurrence", "int32", "0 for the first item of this key in the file, 1 for the second, ..."),
    Column("doc_id", "str", "the file's own item number or name"),
    Column("value", "float64", "score of this item, on the scale of the metric per item"),
    Column("cluster", "str", "items with one value here share a passage or a story; empty if items are independent"),
    Column("source_file", "str", "path of the samples file"),
    Column("line", "int64", "row of the item in that file, from 0; its text is fetched from there on demand"),
)

PROBLEMS = (
    Column("file", "str", "path of the file"),
    Column("kind", "str", "short stable word, e.g. truncated, unread, refused, duplicate, disagreement"),
    Column("message", "str", "what was found, with key and value"),
    Column("todo", "str", "what the reader can do about it"),
)

TABLES = {"scores": SCORES, "items": ITEMS, "problems": PROBLEMS}
_EMPTY = {"str": "", "float64": float("nan"), "Int64": pd.NA, "boolean": pd.NA, "int32": 0, "int64": -1}


def names(table: str) -> list[str]:
    """Return the column names of ``scores``, ``items`` or ``problems`` in their declared order."""
    return [column.name for column in TABLES[table]]


def conform(rows: pd.DataFrame | Iterable[dict[str, Any]], table: str) -> pd.DataFrame:
    """Return a new frame with exactly the declared columns, order and dtypes; absent columns get their empty value.

    Raises
    ------
    DataError
        If a column is not declared, or a value does not fit its dtype.
    """
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if unknown := sorted(set(frame.columns) - set(names(table))):
        raise DataError(f"{table}: undeclared columns {unknown}; declare them in mergekit_eval/schema.py")
    return pd.DataFrame({column.name: _cast(frame, column, table) for column in TABLES[table]})


def _cast(frame: pd.DataFrame, column: Column, table: str) -> pd.Series:
    if column.name not in frame:
        return pd.Series([_EMPTY[column.dtype]] * len(frame), index=frame.index, dtype=column.dtype)
    series = frame[column.name]
    try:
        return (series.fillna("") if column.dtype == "str" else series).astype(column.dtype)
    except (TypeError, ValueError) as error:
        raise DataError(f"{table}.{column.name}: cannot hold {column.dtype}: {error}") from error


def require(frame: pd.DataFrame, columns: Iterable[str], who: str) -> None:
    """Raise `DataError` naming the columns that ``who`` needs and ``frame`` lacks."""
    if missing := [name for name in columns if name not in frame]:
        raise DataError(f"{who}: needs columns {missing}; the table has {list(frame.columns)}")
