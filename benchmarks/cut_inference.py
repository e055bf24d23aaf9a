"""How often an inferred cut is right: ``python -m benchmarks.cut_inference FILE.jsonl``.

The file has rows with completion, completion_tokens and finish_reason. Complete answers are held against limits above
their stated number of tokens (an alarm is false), and cut at a share of their letters against that share of their
tokens (no alarm is a miss).
"""

import json
import sys
from pathlib import Path

from mergekit_eval.readers._answers import CUT_INFERRED, estimated_tokens, text_signs

BEYOND, CUT_AT = (1.05, 1.2, 1.5, 2.0), (0.3, 0.5, 0.7, 0.9)


def main(file: Path) -> None:
    """Print both rates and how far the estimated length lies from the stated one."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    whole = [(row["completion"], row["completion_tokens"]) for row in rows if row["finish_reason"] == "stop"]
    ratios = sorted(estimated_tokens(text) / tokens for text, tokens in whole)
    print(f"{len(whole)} complete answers; estimated by stated tokens: {ratios[0]:.2f} to {ratios[-1]:.2f}")
    for times in BEYOND:
        wrong = sum(_cut(text, times * tokens) for text, tokens in whole)
        print(f"limit {times:g} x the length: {wrong} of {len(whole)} wrongly called cut off")
    for share in CUT_AT:
        found = sum(_cut(text[: int(share * len(text))], share * tokens) for text, tokens in whole)
        print(f"cut at {share:.0%}: {found} of {len(whole)} found")


def _cut(text: str, limit: float) -> bool:
    return bool(text_signs(text, limit) & CUT_INFERRED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
