"""Every notebook is what the house wants: prose, one typed parameters cell, short cells; and every one runs."""

import ast
import json
import re

import pytest

from mergekit_eval import notebooks
from mergekit_eval.errors import ParameterError

FILES = notebooks.find(notebooks.CHECKOUT.parent)


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
        "05a_did_it_work",
        "05b_keep_lose_gain",
        "05c_all_merges",
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
    import papermill  # takes a second, in every worker

    ours = notebooks.parameters(FILES[name])
    theirs = papermill.inspect_notebook(str(FILES[name]))
    assert ours
    assert list(ours) == list(theirs)
    for parameter in ours.values():
        assert ast.literal_eval(theirs[parameter.name]["default"]) == parameter.default
        assert parameter.help
        assert theirs[parameter.name]["help"] == parameter.help


def outputs(tree):
    """Yield (kind of output, name) of everything a notebook (or the report) saves, whatever its data."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    for call in calls:
        texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if call.func.attr in ("figure", "figures"):
            yield "figure", texts[0]
        elif call.func.attr in ("paper", "save_table"):
            yield "table", *texts[:1]
        elif call.func.attr == "save":
            yield from (("table", word.arg) for word in call.keywords)
    for loop in (node for node in ast.walk(tree) if isinstance(node, ast.Assign | ast.AugAssign)):
        if isinstance(loop.value, ast.Dict) and any(call.func.attr == "save_table" for call in calls):
            yield from (("table", key.value) for key in loop.value.keys if key)


def saved_by(name):
    """Return what the cells of a notebook save; a cell that saves a mapping of tables saves all of its keys."""
    return {found for source in code(name) for found in outputs(ast.parse(source)) if len(found) == 2}


def test_every_output_has_one_writer():
    saved = {name: saved_by(name) for name in FILES}
    assert ("table", "overall_ranks") in saved["04_absolute_performance"]
    assert ("table", "verdicts") in saved["05a_did_it_work"]
    assert ("figure", "ranks") in saved["07_significance"]
    writers = {}
    for name, found in saved.items():
        for output in found:
            assert output not in writers, f"{output} is written by {writers[output]} and by {name}"
            assert not output[1].startswith("report"), "those names belong to the report"
            writers[output] = name


def history(*sources):
    return {"In": ["", *sources, "check_parameters(globals())"]}


@pytest.mark.parametrize("name", FILES)
def test_the_first_cell_of_every_notebook_checks_what_papermill_injected(name):
    assert "\nme.check_parameters(globals())\n" in code(name)[1]
    good = next(iter(notebooks.parameters(FILES[name])))
    notebooks.check_parameters(history(parameters_source(name), f'# Parameters\n{good} = "x"\n'))
    with pytest.raises(ParameterError, match=f"'{good}s' is not known.*Did you mean '{good}'"):
        notebooks.check_parameters(history(parameters_source(name), f'# Parameters\n{good}s = "x"\n'))


def test_in_a_living_notebook_other_names_are_no_parameters():
    source = parameters_source("07_significance")
    bad = "# Parameters\nalhpa = 0.01"
    notebooks.check_parameters({})  # outside of a notebook there is no history
    notebooks.check_parameters(history("scratch = 1", source, "scratch = 2", "alpha ="))
    notebooks.check_parameters(history(source, bad, source))  # the parameters were run again, without the injected ones
    notebooks.check_parameters(history(source, '# Parameters\nPAPERMILL_INPUT_PATH = "07.ipynb"'))
    notebooks.check_parameters(history(source, "# Parameters\nalpha = float('nan')"))
    with pytest.raises(ParameterError, match="alhpa"):
        notebooks.check_parameters(history(source, bad, "lab = 1"))
    with pytest.raises(ParameterError, match="'high'; allowed: float"):
        notebooks.check_parameters(history(source, '# Parameters\nalpha = "high"'))


@pytest.mark.system
def test_plain_papermill_refuses_a_mistyped_parameter(tmp_path):
    import papermill

    with pytest.raises(papermill.PapermillExecutionError, match=r"'alhpa' is not known.*Did you mean 'alpha'"):
        papermill.execute_notebook(
            str(FILES["07_significance"]), str(tmp_path / "out.ipynb"), {"alhpa": 0.01}, progress_bar=False
        )


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


@pytest.mark.system
def test_a_failing_notebook_keeps_its_partial_copy_and_its_reason(tmp_path):
    outcome = notebooks.execute("04", {"study": str(tmp_path / "none.yaml")}, tmp_path / "out.ipynb")
    assert outcome.state == "failed"
    assert "none.yaml" in outcome.reason
    executed = json.loads((tmp_path / "out.ipynb").read_text())
    assert any(cell.get("outputs") for cell in executed["cells"])


@pytest.mark.system
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
