"""Coding: write a program of a little string language, and foresee what a program prints.

A program is a pipe such as ``s|rev|dup``. `run` executes it; it knows eight operations and nothing else, so a
generated program can do no harm and always ends.
"""

from random import Random
from string import ascii_lowercase

from mergekit_eval.tiny.items import Item
from mergekit_eval.tiny.words import words

OPERATIONS = {
    "rev": lambda text: text[::-1],
    "dup": lambda text: text + text,
    "cut": lambda text: text[:-1],
    "pop": lambda text: text[1:],
    "cap": lambda text: text.upper(),
    "dash": lambda text: text + "-",
    "star": lambda text: "*" + text,
    "swp": lambda text: text[-1:] + text[1:-1] + text[:1] if len(text) > 1 else text,
}
LONGEST = 8


def run(program: str, text: str) -> str:
    """Return what ``program`` makes of ``text``.

    Raises
    ------
    ValueError
        If the program does not start with ``s``, has an unknown operation, or more than eight of them.
    """
    start, *names = program.strip().split("|")
    if start != "s" or len(names) > LONGEST or any(name not in OPERATIONS for name in names):
        raise ValueError(f"not a program: {program[:80]!r}")
    for name in names:
        text = OPERATIONS[name](text)
    return text


def passes(program: str, reference: str, inputs: list[str]) -> bool:
    """Return whether ``program`` gives what ``reference`` gives on every input; a broken program does not."""
    try:
        return all(run(program, text) == run(reference, text) for text in inputs)
    except ValueError:
        return False


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
