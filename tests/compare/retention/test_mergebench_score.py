"""Merge divided by specialist, domain by domain."""

import pandas as pd
import pytest

from mergekit_eval.compare import MergeContext, normalised_performance
from tests.compare.conftest import one
from tests.compare.retention.conftest import DOMAINS, ROLES, TASKS


def test_normalised_performance_averages_the_ratios_of_the_domains(world, answers):
    rows = normalised_performance(world[0])
    math = answers["m", "gsm"].mean() / answers["a", "gsm"].mean()
    code = answers["m", "prog"].mean() / answers["b", "prog"].mean()
    assert one(rows, domain="math")["performance"] == pytest.approx(math)
    assert one(rows, domain="overall")["performance"] == pytest.approx((math + code) / 2)


def test_an_incomplete_average_is_refused_and_names_the_gap(build, merging, answers):
    kept = {key: value for key, value in answers.items() if key != ("b", "prog")}
    rows = normalised_performance(MergeContext(build(ROLES, TASKS, kept), merging(("m", ("a", "b"), "base")), DOMAINS))
    overall = one(rows, domain="overall")
    assert pd.isna(overall["performance"])
    assert "code missing" in overall["note"]
    assert one(rows, domain="math")["performance"] > 0
