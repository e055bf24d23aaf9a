"""lm-eval's model that answers at random: the whole path of a study without weights."""

from mergekit_eval.run.backends.hf import arguments, check_machine
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.study import Backend

__all__ = ["LOADS_FILES", "MODEL", "arguments", "check", "check_machine", "identity"]

MODEL = "dummy"
LOADS_FILES = False


def identity(path: str, settings: Backend, digests: Digests) -> str:
    """Return the same for all models, since none of their files is read."""
    return "dummy"


def check(path: str, settings: Backend) -> None:
    """Accept any path."""
