"""The recipe of the tiny laboratory: words, skills, task data, tokenizer, training, and the bundled example.

``python -m tools.tiny --out DIR`` makes the models and the task data of ``mergekit_eval/tiny`` again.
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent

__all__ = ["FOLDER"]
