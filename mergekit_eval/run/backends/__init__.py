"""The ways a model can be run: one module each, whose name is the word for it in a study (`backend: {kind: hf}`).

Adding a backend is adding one module with the names of `Kind`; it is found by looking into this folder.
"""

import importlib
from typing import Any, Protocol, cast

from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.study import Backend


class Kind(Protocol):
    """What a module of this folder has.

    ``MODEL`` is the name of lm-eval's class that runs the model; ``LOADS_FILES`` says whether it loads the files of a
    local model, so that a merge must be built before it is evaluated.
    """

    MODEL: str
    LOADS_FILES: bool

    def arguments(self, path: str, settings: Backend) -> dict[str, Any]:
        """Return what lm-eval's class gets besides the ``model_args`` of the study, which may not name the same."""

    def identity(self, path: str, settings: Backend, digests: Digests) -> str:
        """Return what identifies the model: where it changes, results are those of another model."""

    def check(self, path: str, settings: Backend) -> None:
        """Raise `RunError` for a model or setting that cannot work; asked for every cell, so it imports nothing."""

    def check_machine(self, settings: Backend) -> None:
        """Raise `RunError` for what this machine lacks; asked in the process that evaluates."""


def kind_of(settings: Backend) -> Kind:
    """Return the module of the backend that the settings name."""
    return cast(Kind, importlib.import_module(f"{__name__}.{settings.kind}"))
