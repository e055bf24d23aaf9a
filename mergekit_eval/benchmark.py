"""How a benchmark and the weights of an average are written down, in studies, in suites and in the facts."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from mergekit_eval.strict import Text, one_of

Weighting = Literal["benchmark", "capability", "task", "item"]
WEIGHTS = get_args(Weighting)
WEIGHTS_RULE = f"{', '.join(WEIGHTS)}, or a mapping: benchmark -> number >= 0, at least one of them above 0"
# Words as Literal: a pattern inside a union makes msgspec 0.22 crash the interpreter.
Weights = Weighting | dict[str, Annotated[float, Meta(ge=0, le=1e9)]]


class Benchmark(Struct, frozen=True, forbid_unknown_fields=True):
    """One vote: the tasks it holds, how they combine, and which of several measured tasks stands for it.

    The known ones stand in ``compare/benchmarks.yaml`` in this form; what a study writes under the same name wins, key
    by key. In patterns, * and ? are wildcards.
    """

    name: str
    tasks: Annotated[tuple[Text, ...], Meta(description="a list of task names; * and ? are wildcards")] = ()
    combine: Annotated[str, one_of("equal", "size")] = ""
    primary: Annotated[
        tuple[Text, ...], Meta(description="a list of task names: the first that is measured stands for the benchmark")
    ] = ()
    fallback: Annotated[
        tuple[Text, ...], Meta(description="a list of task names that count only where no other task of it is measured")
    ] = ()
    of: Annotated[Text, Meta(description="the benchmark whose vote it shares, e.g. mmlu for its translations")] = ""
