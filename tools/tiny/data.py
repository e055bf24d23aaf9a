"""Write the documents of every tiny task: one JSONL file per task, made from held-out items only."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from tools.tiny.items import Draw, Item, held_out, held_out_items
from tools.tiny.skills import (
    coding,
    instructions,
    knowledge,
    language,
    mathematics,
    multilingual,
    reading,
    safety,
)

Docs = list[dict[str, Any]]


def _plain(draw: Draw, *, seed: str, count: int) -> Docs:
    return [
        {"prompt": item.prompt, "answer": item.answer.strip(), **item.extra}
        for item in held_out_items(draw, count, seed)
    ]


def _passages(*, seed: str, count: int) -> Docs:
    """Return the questions of ``count`` different held-out passages, in the order of their passages."""
    rng = Random(seed)
    passages: dict[str, list[Item]] = {}
    while len(passages) < count:
        questions = reading.draw_passage(rng)
        if held_out(questions[0].key):
            passages.setdefault(questions[0].key, questions)
    return [
        {"prompt": item.prompt, **item.extra, "passage_id": f"p{number:03d}"}
        for number, questions in enumerate(passages.values())
        for item in questions
    ]


def _files() -> dict[str, Callable[..., Docs]]:
    pairs = {f"pairs_{name}": partial(language.draw_pair, phenomenon=name) for name in language.PHENOMENA}
    languages = {f"translation_{name}": multilingual.draw_in(name) for name in ("velan", "ostik", "marru")}
    draws: dict[str, Draw] = {
        "instructions": instructions.draw,
        "sums": mathematics.draw,
        **languages,
        "programs": coding.draw_program,
        "traces": coding.draw_trace,
        "harmful": safety.draw_harmful,
        "harmless": safety.draw_harmless,
        **pairs,
        "stories": language.draw_story,
        "facts": knowledge.draw_question,
    }
    return {**{name: partial(_plain, draw) for name, draw in draws.items()}, "reading": _passages}


# how many items (passages for reading) each file has; languages differ so that weighting by size matters
COUNTS = {
    "instructions": 150,
    "sums": 200,
    "translation_velan": 120,
    "translation_ostik": 80,
    "translation_marru": 40,
    "programs": 150,
    "traces": 150,
    "harmful": 150,
    "harmless": 150,
    "pairs_subject_verb": 80,
    "pairs_determiner_noun": 60,
    "pairs_anaphor_gender": 60,
    "pairs_polarity": 40,
    "stories": 60,
    "facts": 70,
    "reading": 60,
}


def documents_of(file: str) -> Docs:
    """Return the documents of one task file; the same on every call and machine."""
    return _files()[file](seed=f"test {file}", count=COUNTS[file])


def write_data(folder: Path) -> None:
    """Write ``folder/<file>.jsonl`` for every task file."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in COUNTS:
        lines = [json.dumps(doc, ensure_ascii=False) for doc in documents_of(file)]
        (folder / f"{file}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
