"""Models in the format of transformers, loaded on this machine: a folder, or an id of the Hugging Face hub."""

from pathlib import Path
from typing import Any

from mergekit_eval.errors import RunError
from mergekit_eval.run.modelfiles import Digests, check_model
from mergekit_eval.study import Backend

MODEL = "hf"
LOADS_FILES = True


def arguments(path: str, settings: Backend) -> dict[str, Any]:
    """Return where the model lies and the type of its weights."""
    return {"pretrained": path, "dtype": settings.dtype}


def identity(path: str, settings: Backend, digests: Digests) -> str:
    """Return the digest of the model with everything local it is loaded with: an adapter, another tokenizer."""
    beside = [name for _, name in sorted(settings.model_args.items()) if isinstance(name, str) and Path(name).is_dir()]
    return " ".join(map(digests.model, (path, *beside)))


def check(path: str, settings: Backend) -> None:
    """Raise `RunError` if a local folder is no complete model."""
    check_model(path)


def check_machine(settings: Backend) -> None:
    """Raise `RunError` for a GPU that is not there; lm-eval would take the CPU without a word."""
    import torch

    device, _, number = settings.device.partition(":")
    there = {"cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}.get(device, 1)
    if not there or (number.isdigit() and int(number) >= there):
        raise RunError(
            f"backend.device = {settings.device!r}: this machine has {there} such devices; allowed: cpu, or one it has."
        )
