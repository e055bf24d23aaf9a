"""One merge: mergekit in this process, checked, then moved to its place in one step."""

import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from mergekit_eval.errors import RunError
from mergekit_eval.files import digest, move, unfinished, write_json
from mergekit_eval.provenance import version


def build(
    *,
    output: str,
    folder: str,
    config: dict[str, Any],
    stated: dict[str, Any],
    written: dict[str, str],
    seed: int,
    facts: dict[str, Any],
) -> dict[str, Any]:
    """Build one merge and return what its ``merge.json`` says; runs in a process of its own.

    ``stated`` is ``config`` without the paths of this machine, for the files beside the weights; ``written`` says for
    every path what stands for it there.
    """
    with unfinished(Path(output)) as scratch:
        made = scratch / Path(folder).name
        before, began = _peak_mb(), time.perf_counter()
        _merge(config, stated, made, seed)
        _without_paths(made / "README.md", written)
        wall = time.perf_counter() - began
        _check_weights(made)
        facts = {
            **facts,
            "wall_seconds": round(wall, 3),
            "peak_memory_mb": round(_peak_mb(), 1),
            "memory_before_mb": round(before, 1),
            "built": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": {name: version(name) for name in ("mergekit", "torch", "transformers", "safetensors")},
            "files": {file.name: digest(file) for file in sorted(made.iterdir())},
        }
        write_json(made / "merge.json", facts)
        if Path(folder).exists():
            Path(folder).replace(scratch / "replaced")
        move(made, Path(folder))
        return facts


def _merge(config: dict[str, Any], stated: dict[str, Any], made: Path, seed: int) -> None:
    from mergekit.config import MergeConfiguration
    from mergekit.merge import run_merge
    from mergekit.options import MergeOptions

    text = yaml.safe_dump(stated, sort_keys=False, allow_unicode=True)
    options = MergeOptions(random_seed=seed, trust_remote_code=False, safe_serialization=True, quiet=True)
    run_merge(MergeConfiguration.model_validate(config), str(made), options=options, config_source=text)


def _without_paths(card: Path, written: dict[str, str]) -> None:
    """Replace the paths of this machine in mergekit's model card."""
    text = card.read_text(encoding="utf-8")
    for path in sorted(written, key=len, reverse=True):
        text = text.replace(path, written[path])
    card.write_text(text, encoding="utf-8")


def _check_weights(made: Path) -> None:
    """Raise `RunError` if a weight is not finite: such a model answers nothing and looks like a result."""
    import torch
    from safetensors import safe_open

    files = sorted(made.glob("*.safetensors"))
    if not files:
        raise RunError("mergekit wrote no safetensors file")
    for file in files:
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 - not a mapping, it has no iterator
                if not torch.isfinite(tensors.get_tensor(name)).all():
                    raise RunError(f"{name} has weights that are not finite; lower the weights or use dtype float32")


def _peak_mb() -> float:
    """Return the most memory this process has held, in 10^6 bytes, imports included."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
