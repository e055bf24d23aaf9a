"""Words that more than one floor needs: numbers with their noun, levels as percent, names of coefficients."""

import unicodedata

# Method of a correlation -> its name and its symbol.
COEFFICIENTS = {
    "pearson": ("Pearson's r", "r"),
    "spearman": ("Spearman's rho", "rho"),
    "kendall": ("Kendall's tau-b", "tau"),
}


def counted(number: float, noun: str, plural: str = "") -> str:
    """Return a number with its noun (and what follows it) in the right form.

    Parameters
    ----------
    number : int
        Printed with grouped thousands.
    noun : str
        As it stands after 1: "merge", "model lacks".
    plural : str
        As it stands after any other number; by default ``noun`` with an s, or with "ies" for "y" after a consonant.
    """
    return f"{number:,.0f} {noun if number == 1 else plural or _plural(noun)}"


def share_of(part: float, whole: float, noun: str, plural: str = "") -> str:
    """Return "part of whole nouns", the noun in the form of the whole: 1 of 1 task, 1 of 15 tasks."""
    return f"{part:,.0f} of {counted(whole, noun, plural)}"


def visible(text: object, keep: str = "\n\t") -> str:
    """Return text whose control and invisible characters (escape bytes, overrides of direction) are written out.

    What comes from files can then drive no terminal and hide nothing on a page; characters of ``keep`` stay.
    """
    return "".join(
        escaped(char) if char not in keep and unicodedata.category(char)[0] == "C" else char for char in str(text)
    )


def one_line(text: object) -> str:
    """Return ``text`` on one line: white space becomes a space, invisible and control characters become escapes."""
    return visible(" ".join(str(text).split()), keep="")


def cut(text: str, longest: int = 400) -> str:
    """Return the beginning of a long text, with a mark that it goes on."""
    return text if len(text) <= longest else f"{text[:longest]} …"


def escaped(char: str) -> str:
    """Return the escape that stands for one character."""
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def coefficient_name(method: object) -> str:
    """Return the name of a method of correlation: Kendall's tau-b for kendall; what is not known as it stands."""
    return COEFFICIENTS.get(str(method), (str(method), ""))[0]


def symbol(method: object) -> str:
    """Return the symbol of a method of correlation: tau, rho or r; "coefficient" for any other."""
    return COEFFICIENTS.get(str(method), ("", "coefficient"))[1]


def first_names(names: list[str], most: int = 6) -> str:
    """Return names as a list in prose, and how many more there are: "a, b and c", "a, b, c, d, e, f and 3 more"."""
    shown = names[:most]
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown) + rest if rest or len(shown) < 2 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def percent(share: float) -> str:
    """Return a level or an error rate as percent, with every digit that was given: 5%, 0.5%, 99.9%."""
    return f"{100 * share:.6g}%"


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
