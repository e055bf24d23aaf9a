"""What this machine has, and how many cells fit on it at once."""

import os
from pathlib import Path

import psutil

from mergekit_eval.study import Backend


def cpus() -> int:
    """Return the number of CPUs this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def slots(backend: Backend, paths: list[str]) -> int:
    """Return how many of the models at ``paths`` run at once.

    As told; else one per GPU; else one per CPU (or group of ``threads``) as far as free memory holds the largest
    model's files twice with 1 GiB to spare.
    """
    if backend.slots:
        return backend.slots
    if backend.device != "cpu":
        return max(1, len(visible_gpus())) if backend.device == "cuda" else 1
    fits = _free_memory() // (2 * max(map(_bytes, paths), default=0) + 2**30)
    return max(1, min(cpus() // (backend.threads or 1), fits))


def threads(backend: Backend, slots_used: int) -> int:
    """Return the CPU threads of one cell.

    On a CPU one unless told otherwise: sums then do not depend on how many cells happen to run beside this one.
    """
    return backend.threads or (1 if backend.device == "cpu" else max(1, cpus() // slots_used))


def gpus(backend: Backend, slots_used: int) -> tuple[str, ...]:
    """Return the GPUs to deal out to the slots; none where one cell may see them all."""
    return visible_gpus() if backend.device == "cuda" and slots_used > 1 else ()


def visible_gpus() -> tuple[str, ...]:
    """Return the numbers in CUDA_VISIBLE_DEVICES, or of every NVIDIA card, without loading CUDA."""
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return tuple(text.strip() for text in visible.split(",") if text.strip())
    cards = Path("/proc/driver/nvidia/gpus")
    return tuple(str(number) for number in range(len(list(cards.iterdir())))) if cards.is_dir() else ()


def _bytes(path: str) -> int:
    return sum(file.stat().st_size for file in Path(path).glob("*.safetensors")) if Path(path).is_dir() else 0


def _free_memory() -> int:
    return psutil.virtual_memory().available
