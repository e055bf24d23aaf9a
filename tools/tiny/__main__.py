"""``python -m tools.tiny --out DIR [--steps N]``: make the models and the task data again."""

from argparse import ArgumentParser
from pathlib import Path

from tools.tiny.data import write_data
from tools.tiny.train import train_all


def main() -> None:
    """Write ``DIR/models/<name>/`` and ``DIR/tasks/data/*.jsonl``."""
    parser = ArgumentParser(prog="python -m tools.tiny", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--steps", type=int, help="train every model this many steps instead of the recipe's (a try)")
    given = parser.parse_args()
    write_data(given.out / "tasks" / "data")
    train_all(given.out / "models", steps=given.steps)


if __name__ == "__main__":
    main()
