"""The facts of signs: a bit each, and what must be seen before one can show."""

from mergekit_eval.signs import bit, facts, signs


def test_every_entry_has_a_bit_of_its_own():
    bits = [sign.bit for sign in facts().values()]
    assert bits == [2**place for place in range(len(bits))] and max(bits) < 2**31


def test_a_sign_names_what_it_is_seen_in_by_bits_of_the_file():
    assert facts()["cut"].seen == bit("text", "ending")
    assert {name for name in facts() if name not in signs()} == {
        "text", "options", "filtered", "ending", "limit", "counted",
    }  # fmt: skip


def test_only_what_hides_an_answer_is_left_out_of_the_clean_difference():
    assert {name for name, sign in signs().items() if sign.bends} == {
        "cut", "cut_inferred", "unparsed", "tied", "constant",
    }  # fmt: skip
