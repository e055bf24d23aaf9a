"""Which probes are used, and their gains."""

import pandas as pd
import pytest

from mergekit_eval import compare
from mergekit_eval.compare import (
    differences,
    linguistic_probes,
    probe_gains,
)
from mergekit_eval.errors import DataError
from tests.compare.probes.conftest import MERGES


def test_gains_on_minimal_pairs_are_paired_items(pairs):
    probes = linguistic_probes(pairs[0])
    assert probes["tool"].eq("pairs").all()
    gains = probe_gains(pairs[0], probes, MERGES).set_index("task")
    plain = differences(pairs[0], MERGES).set_index("task")
    for task in gains.index:
        assert gains.loc[task, "p"] == plain.loc[task, "p"]
        assert gains.loc[task, "gain"] == pytest.approx(pairs[1]["m", task].mean() - pairs[1]["a", task].mean())


def test_holmes_goes_first_and_a_wrong_tool_is_refused(seeded, pairs):
    assert linguistic_probes(seeded)["tool"].eq("holmes").all()
    assert "no result of Holmes" in compare.probes_paragraph(linguistic_probes(pairs[0], "holmes"), "holmes")
    with pytest.raises(DataError, match="blimp"):
        linguistic_probes(seeded, "blimp")


def gains(*rows: tuple) -> pd.DataFrame:
    columns = ["merge", "reference", "relation", "task", "capability", "gain", "scale"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(gain_low=table["gain"] - 0.1, gain_high=table["gain"] + 0.1, decided="undecided")
