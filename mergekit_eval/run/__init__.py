"""Build merges and evaluate models: the only place that touches torch, lm-eval and mergekit."""

from mergekit_eval.run.evaluating import CellRecord, evaluate
from mergekit_eval.run.merging import MergeRecord, merge_all
from mergekit_eval.run.suites import Suite, TaskSpec, load_suite

__all__ = ["CellRecord", "MergeRecord", "Suite", "TaskSpec", "evaluate", "load_suite", "merge_all"]
