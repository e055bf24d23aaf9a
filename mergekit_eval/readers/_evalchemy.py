"""How blocks of Evalchemy are told from those of lm-eval, whose results files they share."""

from __future__ import annotations

from typing import Any

from mergekit_eval.readers._common import dig

# What its benchmarks write beside their metrics, and lm-eval's tasks never do.
_MARKS = frozenset(("num_total", "num_repeat", "run_stats", "raw_metrics", "solved_avg", "completion_rate"))


def own_blocks(document: Any) -> dict[str, dict[str, Any]]:
    """Return {benchmark: block} of the blocks in a results file that Evalchemy's own benchmarks wrote.

    A block without such a mark (HumanEval: ``python_pass@1`` alone) is one where the file says that Evalchemy wrote it
    and no key has the filter that every key of lm-eval's tasks carries.
    """
    results, program = dig(document, "results"), dig(document, "config")
    if not isinstance(results, dict):
        return {}
    signed = isinstance(program, dict) and "annotator_model" in program
    blocks = {str(task): block for task, block in results.items() if isinstance(block, dict)}
    return {task: block for task, block in blocks.items() if block and _own(block, signed)}


def _own(block: dict[str, Any], signed: bool) -> bool:
    if "alias" in block or any("," in str(key) for key in block):
        return False
    averaged = any(f"{key.removesuffix('_avg')}_std_err" in block for key in block if str(key).endswith("_avg"))
    return signed or averaged or bool(_MARKS & block.keys())
