"""A mistake in tables.yaml is refused when it is loaded, with what is allowed."""

from copy import deepcopy

import pytest

from mergekit_eval import specs
from mergekit_eval.errors import DataError


@pytest.fixture
def raw(monkeypatch):
    """Return what the file says, to be changed; the specifications are then made of it."""
    changed = deepcopy(specs._raw())
    monkeypatch.setattr(specs, "_raw", lambda: changed)
    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"columns": "model rolle"}, r"tables\.front\.columns.*'rolle'.*Did you mean 'role'"),
        ({"override": {"modell": {"help": "x"}}}, "'modell'.*Did you mean 'model'"),
        ({"status": "frnt"}, r"tables\.front\.status.*'frnt'.*Did you mean 'front'"),
        ({"sort": "n"}, r"tables\.front\.sort"),
        ({"adds": "paretto"}, r"tables\.front\.adds.*Did you mean 'pareto'"),
        ({"override": {"model": {"type": "txt"}}}, r"columns\.model\.type.*Did you mean 'text'"),
        ({"override": {"role": {"statuses": "roles"}}}, r"columns\.role\.statuses.*Did you mean 'role'"),
        ({"override": {"capabilities": {"format": "counts"}}}, r"columns\.capabilities\.format.*Did you mean 'count'"),
        ({"needs": "lineages"}, r"tables\.front\.needs.*Did you mean 'lineage'"),
        ({"views": {"all": {"columns": ["modell"]}}}, r"tables\.front.*Did you mean 'model'"),
        ({"views": {"all": {"columns": ["model"], "sort": "-modell"}}}, r"views\.all.*Did you mean 'model'"),
        ({"views": {"all": {"columns": ["model", {"model": "{role}"}]}}}, "headings that differ"),
    ],
)
def test_a_mistake_in_the_file_is_refused_when_it_is_loaded(raw, change, message):
    raw["tables"]["front"] |= change
    with pytest.raises(DataError, match=message):
        load(raw)


def test_an_unknown_colour_is_refused_when_the_file_is_loaded(raw):
    raw["statuses"]["outcome"]["better"]["colour"] = "beter"
    with pytest.raises(DataError, match=r"statuses\.outcome\.better\.colour.*Did you mean 'better'"):
        load(raw)


def load(raw):
    specs.statuses.__wrapped__()
    specs.tables.__wrapped__()


def test_a_cell_names_its_columns():
    assert specs.fields_of("macro") == ["macro"]
    assert specs.fields_of("{gain} {decided}|not compared") == ["gain", "decided"]


def test_a_table_that_adds_has_all_columns_and_says_which_are_its_own():
    assert specs.columns("mmlu_subject_differences") == ["area"]
    assert [column.name for column in specs.spec("mmlu_subject_differences").columns][-2:] == ["note", "area"]
