"""The little string language of the coding tasks: run a program, and tell whether it does what another one does.

A program is a pipe such as ``s|rev|dup``. `run` executes it; it knows eight operations and nothing else, so a
generated program can do no harm and always ends.
"""

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
