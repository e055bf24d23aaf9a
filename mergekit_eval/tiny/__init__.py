"""The tiny laboratory: a base, five specialists, their tasks, and the recipe that made them.

Everything here runs offline on two CPU cores, with real weights, real merges and real lm-eval tasks.
``python -m mergekit_eval.tiny --out DIR`` makes the models and the task data again.
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MODELS = FOLDER / "models"
TASKS = FOLDER / "tasks"
DATA = TASKS / "data"

__all__ = ["DATA", "FOLDER", "MODELS", "TASKS"]
