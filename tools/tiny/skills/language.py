"""Language: sentences of a small English, for stories (perplexity) and for minimal pairs per phenomenon.

Each phenomenon makes a grammatical sentence and its ungrammatical twin; stories are made of the grammatical ones.
"""

from random import Random

from tools.tiny.items import Item, held_out
from tools.tiny.words import words

SENTENCES = 3


def subject_verb(rng: Random) -> tuple[str, str]:
    """Agreement across a phrase: ``the dogs near the wall run`` / ``runs``."""
    plural = rng.random() < 0.5
    place = rng.choice(words()["places"]) + rng.choice(("", "s"))
    verb = rng.choice(words()["plain_verbs"])
    start = f"the {rng.choice(words()['animals'])}{'s' if plural else ''} near the {place} "
    return _pair(start, verb, verb + "s", first=plural)


def determiner_noun(rng: Random) -> tuple[str, str]:
    """Agreement across an adjective: ``these old cups`` / ``this old cups``."""
    plural = rng.random() < 0.5
    noun = rng.choice(words()["nouns"][:20]) + ("s" if plural else "")
    verb = rng.choice(words()["seeing_verbs"])
    near, far = rng.choice((("this", "these"), ("that", "those")))
    tail = f" {rng.choice(words()['adjectives'])} {noun}"
    start = f"they {verb} "
    return (start + far + tail, start + near + tail) if plural else (start + near + tail, start + far + tail)


def anaphor_gender(rng: Random) -> tuple[str, str]:
    """Reflexive and its antecedent: ``the girl near the boy sees herself`` / ``himself``."""
    she = rng.random() < 0.5
    subject = rng.choice(words()["people"]["she" if she else "he"])
    other = rng.choice(words()["people"][rng.choice(("she", "he"))])
    start = f"the {subject} near the {other} {rng.choice(words()['seeing_verbs'])}s "
    return _pair(start, "herself", "himself", first=she)


def polarity(rng: Random) -> tuple[str, str]:
    """``ever`` needs ``no`` on its subject: ``no dog near the lake will ever run`` / ``the dog near no lake ...``."""
    animal, place = rng.choice(words()["animals"]), rng.choice(words()["places"])
    verb = rng.choice(words()["plain_verbs"])
    far = f"the {animal} near no {place} will "
    if rng.random() < 0.5:
        return f"no {animal} near the {place} will ever {verb}", f"{far}ever {verb}"
    return f"{far}often {verb}", f"{far}ever {verb}"


PHENOMENA = {
    "subject_verb": subject_verb,
    "determiner_noun": determiner_noun,
    "anaphor_gender": anaphor_gender,
    "polarity": polarity,
}


def draw_pair(rng: Random, phenomenon: str) -> Item:
    """Return a minimal pair of one phenomenon; the answer is the grammatical sentence, the prompt is empty."""
    good, bad = PHENOMENA[phenomenon](rng)
    extra = {"phenomenon": phenomenon, "sentence_good": f"{good}.", "sentence_bad": f"{bad}."}
    return Item(f"sentence {good}", "", f"{good}.", extra)


def draw_story(rng: Random) -> Item:
    """Return a story of three sentences, all of one split."""
    first = _sentence(rng)
    told = [first]
    while len(told) < SENTENCES:
        told += [text for text in (_sentence(rng),) if _split(text) == _split(first)]
    return Item(f"sentence {first}", "", " ".join(f"{text}." for text in told))


def _sentence(rng: Random) -> str:
    return PHENOMENA[rng.choice(sorted(PHENOMENA))](rng)[0]


def _split(sentence: str) -> bool:
    return held_out(f"sentence {sentence}")


def _pair(start: str, one: str, two: str, *, first: bool) -> tuple[str, str]:
    return (start + one, start + two) if first else (start + two, start + one)
