"""Build merges and evaluate models: the only place that touches torch, lm-eval and mergekit."""

from mergekit_eval.run.evaluating import evaluate
from mergekit_eval.run.merging import merge_all
from mergekit_eval.run.suites import load_suite

__all__ = ["evaluate", "load_suite", "merge_all"]
