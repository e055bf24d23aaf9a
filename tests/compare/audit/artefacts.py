"""What goes wrong while measuring, as changes to a row of a samples file, with the sign by which it must be found."""

LONG = "and then we add the next number to the one before it so that " * 12


def wrong(row: dict, text: str, found: str | None = "[invalid]") -> None:
    """Give an answer another text, and the score of an answer without a result."""
    row["resps"], row["exact_match"] = [[text]], 0.0
    if found is not None:
        row["filtered_resps"] = [found]


def cut_stated(row, number):
    wrong(row, "First we need to")
    row["finish_reason"] = "length"


def cut_long(row, number):
    wrong(row, f"{number} {LONG}"[:420])


def cut_default(row, number):
    """lm-eval's own limit of 256 tokens, which the arguments of a row do not state."""
    del row["arguments"]["gen_args_0"]["arg_1"]["max_gen_toks"]
    wrong(row, f"{number} " + "we look at the number of apples and pears in each of the baskets " * 20)


def not_parsed(row, number):
    wrong(row, f"The answer is {2 * number}.")


def filtered_empty(row, number):
    wrong(row, f"The answer is {2 * number}.", "")


def empty(row, number):
    wrong(row, "  \n")


def loop_of_words(row, number):
    wrong(row, f"{number}: " + "I think so. " * 15, None)


def loop_of_blanks(row, number):
    wrong(row, "{ " + " \n\n" * 40, None)


def same_text(row, number):
    wrong(row, "#### 7", "7")


def refusal(row, number):
    wrong(row, f"I'm sorry, but I can't help with question {number}.", None)


def other_script(row, number):
    wrong(row, f"Ответ на этот вопрос мы не знаем {number}", None)


def role_token(row, number):
    wrong(row, f"It is {number}.<|im_start|>user", None)


def end_token(row, number):
    wrong(row, f"It is {number}.</s>", None)


def two_starts(row, number):
    row["arguments"]["gen_args_0"]["arg_0"] = "<s><s>" + row["arguments"]["gen_args_0"]["arg_0"]


def other_prompt(row, number):
    row["prompt_hash"] = row["doc_hash"][::-1]


def _options(row, numbers):
    said = [[str(number), "False"] for number in numbers]
    row["resps"], row["filtered_resps"] = [[pair] for pair in said], said


def tied(row, number):
    _options(row, [-1.5, -1.5, -1.5, -1.5 - number])
    row["acc"] = 0.0


def constant(row, number):
    _options(row, [0.0, 0.0, 0.0, 0.0])
    row["acc"] = 0.0


def one_option(row, number):
    _options(row, [-2.0, -1.0 - number / 1000, -3.0, -4.0])


STATING_ENDS = (cut_stated,)  # planted into files that state of every answer how it ended
GENERATED = [
    (cut_stated, "cut off"),
    (cut_long, "cut off (inferred)"),
    (cut_default, "cut off (inferred)"),
    (not_parsed, "not parsed"),
    (filtered_empty, "not parsed"),
    (empty, "empty"),
    (loop_of_words, "loop"),
    (loop_of_blanks, "loop"),
    (refusal, "refusal"),
    (other_script, "other script"),
    (role_token, "role token"),
    (end_token, "end token"),
    (two_starts, "two starts"),
    (other_prompt, "other prompt"),
]
EVERYWHERE = [
    (same_text, "one answer", "generated"),
    (one_option, "one answer", "chosen"),
    (constant, "constant", "chosen"),
]
