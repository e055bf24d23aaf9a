"""What the Holmes readers share: names of models, precisions, and the mark for a missing score."""

from __future__ import annotations

import re

TOOL = "holmes"
MISSING = -1.0
_BITS = {"four_bit": "4bit", "eight_bit": "8bit"}
_ENCODED = re.compile(r"(.*__.*)-(full|half|four_bit|eight_bit)")


def model_name(folder: str) -> str:
    """Return the name of a model that the tool wrote as org__name."""
    return folder.replace("__", "/", 1)


def model_and_encoding(column: str) -> tuple[str, str]:
    """Return (model, encoding) of a packaged column ``org__name-encoding``; published columns are plain names."""
    packaged = _ENCODED.fullmatch(column)
    return (model_name(packaged[1]), packaged[2]) if packaged else (column.strip(), "")


def quantization(encoding: str) -> str:
    """Return the column ``quantization`` of an encoding; full and half precision are none."""
    return _BITS.get(encoding, "")


def condition(control: str, layers: str) -> str:
    """Return what makes a run another condition than the benchmark's: a control task, other layers; "" for none."""
    parts = [f"control={control}"] if control not in ("", "NONE", "none") else []
    parts += [f"layers={layers}"] if layers not in ("", "0") else []
    return ",".join(parts)
