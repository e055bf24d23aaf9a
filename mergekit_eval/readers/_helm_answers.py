"""What the answers of a HELM run show: their texts stand in files beside the stats, how they ended in the stats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mergekit_eval.readers._answers import LIMITED, text_signs
from mergekit_eval.readers._base import number
from mergekit_eval.readers._common import dig, text
from mergekit_eval.readers._helm import LARGEST, SPEC
from mergekit_eval.readers._parsing import json_beside

SHOWN, STATE = "display_predictions.json", "scenario_state.json"
ENDS = {"finish_reason_length": LIMITED[0], "finish_reason_stop": "stop", "finish_reason_endoftext": "stop"}
# A run that allows no more tokens asks for a letter or a number; that its limit ends an answer is its form.
FORM = 5


def signs_beside(path: Path, ends: Mapping[str, str]) -> dict[str, int]:
    """Return what the first unperturbed answer to each instance shows, by its name; nothing where no texts are there.

    Parameters
    ----------
    path : Path
        The stats of single instances; the texts are looked for beside them.
    ends : mapping
        How the answer to an instance ended, by its name, where the stats say so.
    """
    most = number(dig(json_beside(path.with_name(SPEC), path, LARGEST), "adapter_spec", "max_tokens"))
    form = most is not None and most <= FORM
    shown: dict[str, int] = {}
    for name, answer in _answers(path):
        if name not in shown:
            shown[name] = text_signs(answer, end="" if form else ends.get(name, ""))
    return shown


def _answers(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (instance, answer) from the answers to show, or else from the state of the scenario."""
    rows = json_beside(path.with_name(SHOWN), path, LARGEST, list)
    found = [(row, dig(row, "instance_id"), dig(row, "predicted_text")) for row in rows]
    if not rows:
        states = dig(json_beside(path.with_name(STATE), path, LARGEST), "request_states")
        for state in states if isinstance(states, list) else []:
            said = dig(state, "result", "completions")
            answer = dig(said[0], "text") if isinstance(said, list) and said else None
            found.append((dig(state, "instance"), dig(state, "instance", "id"), answer))
    for about, name, answer in found:
        if isinstance(answer, str) and not dig(about, "perturbation"):
            yield text(name), answer
