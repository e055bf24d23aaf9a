"""Was it measured fairly? Signs in the answers, where merge and reference differ in them, the verdict without them."""

from mergekit_eval.compare.audit.advice import advice_table
from mergekit_eval.compare.audit.answers import answer_table
from mergekit_eval.compare.audit.asymmetry import asymmetry_table, bent, degenerate
from mergekit_eval.compare.audit.clean import clean_comparison, clean_table
from mergekit_eval.compare.audit.filters import filter_table
from mergekit_eval.compare.audit.sentence import alike, fairness
from mergekit_eval.compare.audit.shown import sign_shares, sign_table

__all__ = [
    "advice_table",
    "alike",
    "answer_table",
    "asymmetry_table",
    "bent",
    "clean_comparison",
    "clean_table",
    "degenerate",
    "fairness",
    "filter_table",
    "sign_shares",
    "sign_table",
]
