"""Was it measured fairly? Signs of every answer, where merge and reference differ in them, and the verdict without them."""

from mergekit_eval.compare.audit.asymmetry import asymmetry_table, bent
from mergekit_eval.compare.audit.clean import clean_comparison, clean_table
from mergekit_eval.compare.audit.shown import sign_matrix, sign_table

__all__ = ["asymmetry_table", "bent", "clean_comparison", "clean_table", "sign_matrix", "sign_table"]
