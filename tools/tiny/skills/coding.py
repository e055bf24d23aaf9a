"""Coding: write a program of a little string language, and foresee what a program prints."""

from random import Random
from string import ascii_lowercase

from mergekit_eval.tiny.programs import OPERATIONS, run
from tools.tiny.items import Item
from tools.tiny.words import words


def draw_program(rng: Random) -> Item:
    """Return an order such as ``code: reverse, double`` with the program and the inputs it is tested on."""
    names = rng.choices(sorted(OPERATIONS), k=rng.choice((1, 2, 2, 3, 3, 3)))
    asked = ", ".join(rng.choice(words()["operations"][name]) for name in names)
    program = "|".join(["s", *names])
    # one operation alone is vocabulary, not a program: it must be learnable, so it is never held out
    key = f"program {program}" if len(names) > 1 else f"vocabulary {program}"
    return Item(key, f"code: {asked}\n>", f" {program}", {"program": program, "inputs": ["abcd", "xyz", "mopqr"]})


def draw_trace(rng: Random) -> Item:
    """Return a program applied to a text, such as ``lamo|rev``, whose output is asked for."""
    text = "".join(rng.choices(ascii_lowercase, k=rng.randrange(3, 6)))
    names = rng.choices(["rev", "dup", "cut", "pop", "cap", "swp"], k=rng.choice((1, 1, 2)))
    program = "|".join(["s", *names])
    call = "|".join([text, *names])
    return Item(
        f"trace {call}", f"run: {call}\n>", f" {run(program, text)}", {"call": call, "output": run(program, text)}
    )
