"""What an item of the toy world is, and the one rule that keeps test items out of training."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from random import Random
from typing import Any, NamedTuple

HELD_OUT_PERCENT = 15


class Item(NamedTuple):
    """One exchange: what is asked, the right answer, and the identity that decides its split.

    ``key`` names what must be new at test time (the sum, the phrase, the program), not its wording, so that
    two wordings of one thing never fall on both sides. ``extra`` holds the further fields of a task's document.
    """

    key: str
    prompt: str
    answer: str
    extra: dict[str, Any] = {}  # noqa: RUF012 (never written to)
    percent: int = HELD_OUT_PERCENT


Draw = Callable[[Random], Item]


def held_out(key: str, percent: int = HELD_OUT_PERCENT) -> bool:
    """Return whether ``key`` belongs to the test split: a hash decides, so no list has to be kept."""
    return int.from_bytes(sha256(key.encode()).digest()[:4]) % 100 < percent


def stream(draw: Draw, rng: Random, *, test: bool) -> Iterator[Item]:
    """Yield items of one split for ever, in the order ``rng`` gives them."""
    while True:
        item = draw(rng)
        if held_out(item.key, item.percent) == test:
            yield item


def held_out_items(draw: Draw, count: int, seed: str) -> list[Item]:
    """Return ``count`` test items with different prompts.

    Raises
    ------
    RuntimeError
        If the skill has fewer test items than asked for.
    """
    found: dict[tuple[str, str], Item] = {}
    for item in islice(stream(draw, Random(seed), test=True), 200 * count):
        found.setdefault((item.prompt, item.answer if not item.prompt else ""), item)
        if len(found) == count:
            return list(found.values())
    raise RuntimeError(f"{seed}: only {len(found)} of {count} test items found")
