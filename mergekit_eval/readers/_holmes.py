"""What the Holmes readers share: names of models and conditions, precisions, and the mark for a missing score."""

from __future__ import annotations

import json
import re

from mergekit_eval.readers._common import canonical

TOOL = "holmes"
MISSING = -1.0
F1, PEARSON = "F1", "Pearson r"  # column `measure` of the scores
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


def condition(control: str, layers: str, encoding: str) -> str:
    """Return what makes a run another condition than the benchmark's, "" for none.

    A control task, other layers, another precision than full: each is always named, and its default never, so that
    equal runs of two models have equal names whatever else either was run with.
    """
    parts = [f"control={control}"] if control not in ("", "NONE", "none") else []
    parts += [f"layers={layers}"] if layers not in ("", "0") else []
    parts += [f"encoding={encoding}"] if encoding not in ("", "full") else []
    return ",".join(parts)


def is_control(label: str) -> bool:
    """Return whether a filter made of `condition` is that of a control task, which never stands for a data set."""
    return label.startswith("control=")


def sample_size(size: str) -> str:
    """Return the number of training instances of a probe as the column ``gen_kwargs``."""
    return canonical({"sample_size": size})


def size_of(gen_kwargs: str) -> str:
    """Return the number that `sample_size` put into ``gen_kwargs``, or "unknown" where the file left it blank."""
    return json.loads(gen_kwargs)["sample_size"] or "unknown"
