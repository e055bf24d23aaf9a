"""What to change: the limit that the file states, doubled, and the command for all models that differ."""

import shutil

from tests.compare.audit import artefacts
from tests.compare.audit.conftest import LIMIT


def test_the_limit_in_force_stands_beside_the_one_to_try(study):
    row = study.plant(artefacts.cut_long).advice().set_index("sign").loc["cut off (inferred)"]
    assert row["todo"] == f"raise max_gen_toks ({LIMIT} now; try {2 * LIMIT})"
    assert row["command"] == f"lm_eval run --tasks gsm8k --log_samples --gen_kwargs max_gen_toks={2 * LIMIT}"
    assert row["again"] == "mx, base, pa, pb"


def test_a_file_that_is_gone_leaves_the_limit_out(study):
    cmp = study.plant(artefacts.cut_long)
    assert len(cmp.asymmetry)
    shutil.rmtree(study.folder)
    assert cmp.advice()["todo"].tolist()[0] == "raise max_gen_toks"


def test_a_fair_study_has_nothing_to_change(study):
    assert study.plant().advice().empty
