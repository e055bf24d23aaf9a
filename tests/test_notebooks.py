"""Every notebook is what the house wants: prose, one typed parameters cell, short cells; and every one runs."""

import ast
import json
import re

import papermill
import pytest

from mergekit_eval import notebooks
from mergekit_eval.errors import ParameterError

FILES = notebooks.find(notebooks.CHECKOUT)


def cells(name):
    return json.loads(FILES[name].read_text())["cells"]


def code(name):
    return ["".join(cell["source"]) for cell in cells(name) if cell["cell_type"] == "code"]


def test_all_notebooks_are_found():
    expected = {
        "00_quickstart",
        "01_merge_models",
        "02_run_suites",
        "03_organize_harness",
        "04_absolute_performance",
        "05_merge_vs_parents",
        "06_correlation",
        "07_significance",
        "08_linguistic_probes",
        "10_report",
    }
    assert expected <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_cells_are_short_and_define_nothing(name):
    for source in code(name):
        if source != parameters_source(name):
            assert 1 <= len(source.splitlines()) <= 8
        kinds = {type(node) for node in ast.walk(ast.parse(source))}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda}


@pytest.mark.parametrize("name", FILES)
def test_committed_notebooks_are_stripped_and_have_stable_ids(name):
    found = cells(name)
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in found)
    ids = [cell["id"] for cell in found]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", one) for one in ids)


@pytest.mark.parametrize("name", FILES)
def test_a_notebook_opens_with_prose_explains_every_part_and_ends_with_provenance(name):
    found = cells(name)
    assert found[0]["cell_type"] == "markdown"
    assert "".join(found[0]["source"]).startswith("# ")
    prose = [cell for cell in found if cell["cell_type"] == "markdown"]
    assert len(prose) >= 2
    assert len(" ".join("".join(cell["source"]) for cell in prose).split()) > 60
    assert "signature(" in "".join(found[-1]["source"])


def parameters_source(name):
    return next("".join(c["source"]) for c in cells(name) if "parameters" in c["metadata"].get("tags", []))


@pytest.mark.parametrize("name", FILES)
def test_papermill_reads_the_same_parameters_as_we_do(name):
    ours = notebooks.parameters(FILES[name])
    theirs = papermill.inspect_notebook(str(FILES[name]))
    assert ours
    assert list(ours) == list(theirs)
    for parameter in ours.values():
        assert ast.literal_eval(theirs[parameter.name]["default"]) == parameter.default
        assert parameter.help
        assert theirs[parameter.name]["help"] == parameter.help


def test_a_mistyped_parameter_is_refused_and_the_right_one_named():
    with pytest.raises(ParameterError, match=r"'alhpa' is not known.*Did you mean 'alpha'"):
        notebooks.check(FILES["07_significance"], {"alhpa": 0.01})


@pytest.mark.parametrize("value", ["high", None.__class__, [0.05], True])
def test_a_parameter_of_the_wrong_type_is_refused(value):
    with pytest.raises(ParameterError, match="alpha"):
        notebooks.check(FILES["07_significance"], {"alpha": value})


def test_a_whole_number_serves_where_a_fraction_is_meant():
    assert notebooks.check(FILES["07_significance"], {"alpha": 1}) == {"alpha": 1}


def test_notebooks_are_found_by_number_and_a_wrong_name_is_named():
    assert notebooks.resolve("07").stem == "07_significance"
    with pytest.raises(ParameterError, match=r"'07_signifcance'.*Did you mean '07_significance'"):
        notebooks.resolve("07_signifcance")


@pytest.mark.slow
def test_a_failing_notebook_keeps_its_partial_copy_and_its_reason(tmp_path):
    outcome = notebooks.execute("04", {"study": str(tmp_path / "none.yaml")}, tmp_path / "out.ipynb")
    assert outcome.state == "failed"
    assert "none.yaml" in outcome.reason
    executed = json.loads((tmp_path / "out.ipynb").read_text())
    assert any(cell.get("outputs") for cell in executed["cells"])


@pytest.mark.slow
def test_a_notebook_that_takes_too_long_is_stopped(tmp_path):
    slow = tmp_path / "99_slow.ipynb"
    content = json.loads(FILES["06_correlation"].read_text())
    content["cells"][-1]["source"] = ["import time; time.sleep(60)"]
    content["cells"] = [
        c for c in content["cells"] if c["cell_type"] == "markdown" or "parameters" in c["metadata"].get("tags", [])
    ]
    content["cells"].append(
        {
            "cell_type": "code",
            "id": "sleep",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": ["import time; time.sleep(60)"],
        }
    )
    slow.write_text(json.dumps(content))
    outcome = notebooks.execute(slow, {}, tmp_path / "out.ipynb", time_limit=2)
    assert outcome.state == "failed"
    assert "Timeout" in outcome.reason
