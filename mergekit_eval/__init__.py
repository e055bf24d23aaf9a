"""Did the merge work? The shared logic of the notebooks, under the names a notebook uses.

Names are loaded when first used, so that importing the package costs nothing. Every name of `mergekit_eval.compare` is
here too.
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "open_study": "opening",
    "find_study": "opening",
    "about": "opening",
    "check_parameters": "notebooks",
    "Session": "session",
    "Comparison": "compare.comparison",
    "load_study": "study",
    "Study": "study",
    "lineage_table": "origins",
    "read_tables": "collect.folders",
    "write_tables": "collect.folders",
    "merge_all": "run",
    "evaluate": "run",
    "score_paper": "reporting",
    "write_report": "reporting",
    "signature": "provenance",
    "KitError": "errors",
    "help_table": "tables",
    "only": "tables",
    "having": "tables",
    "first": "tables",
    "show_table": "show.view",
    "files_read": "collect.overview",
    "models_read": "collect.overview",
    "problems_read": "collect.overview",
    "record_table": "run.records",
    "failure_table": "run.records",
}
_MODULES = {name: name for name in ("stats", "compare", "lineage", "registry", "tables")}
_MODULES |= {"plots": "show.plots", "pairing": "compare.pairing"}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f"mergekit_eval.{_WHERE[name]}"), name)
    if name in _MODULES:
        return import_module(f"mergekit_eval.{_MODULES[name]}")
    if not name.startswith("_") and name in import_module("mergekit_eval.compare").__all__:
        return getattr(import_module("mergekit_eval.compare"), name)
    raise AttributeError(f"mergekit_eval has no {name!r}; dir(mergekit_eval) lists what it has")


def __dir__() -> list[str]:
    return sorted({*_WHERE, *_MODULES, *import_module("mergekit_eval.compare").__all__})
