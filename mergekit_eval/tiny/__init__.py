"""The tiny laboratory: a base, five specialists, and their tasks with the scoring that lm-eval calls.

Everything here runs offline on two CPU cores, with real weights, real merges and real lm-eval tasks. What made the
models and the task data is ``tools/tiny`` of the checkout.
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
MODELS = FOLDER / "models"
TASKS = FOLDER / "tasks"
DATA = TASKS / "data"
EXAMPLE = FOLDER / "example"

__all__ = ["DATA", "EXAMPLE", "FOLDER", "MODELS", "TASKS"]
