"""Mathematics: sums of two-digit numbers, worked out and then marked with ``#### n`` as GSM8K's answers are."""

from random import Random

from tools.tiny.items import Item


def draw(rng: Random) -> Item:
    """Return a question such as ``Q: 27+45``; the answer adds ones and tens first: ``12+60=72 #### 72``."""
    left, right = rng.randrange(10, 100), rng.randrange(10, 100)
    ones = left % 10 + right % 10
    number = left + right
    question = f"{left}+{right}"
    answer = f" {ones}+{number - ones}={number} #### {number}"
    return Item(f"sum {question}", f"Q: {question}\nA:", answer, {"question": question, "number": str(number)})


def draw_plain(rng: Random) -> Item:
    """Return the same question answered without the mark: what a model writes that has forgotten the format."""
    item = draw(rng)
    return item._replace(answer=item.answer.split(" ####")[0])
