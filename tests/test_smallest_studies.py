"""The smallest studies: the whole chain of notebooks runs on each, and says only what is true of it."""

import hashlib
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mergekit_eval import session
from mergekit_eval.errors import DataError
from tests.cells import drawn_only, run_cells

pytestmark = pytest.mark.slow  # whole notebooks
CHAIN = ("03", "00", "04", "05", "06", "07", "08", "10")
TASKS = ("arc_challenge", "hellaswag")
N = 30
ROLES = {
    "one merge of two parents": {
        "base": "role: base",
        "a": "role: parent, domain: mathematics",
        "b": "role: parent, domain: coding",
        "m": "role: merge, method: ties, parents: [a, b], base: base",
    },
    "one merge, no base": {
        "a": "role: parent",
        "b": "role: parent",
        "m": "role: merge, method: slerp, parents: [a, b]",
    },
    "one merge alone": {"m": "role: merge, method: slerp"},
    "one model alone": {"a": "role: reference"},
    "two models without lineage": {"a": "role: reference", "b": "role: reference"},
}
RATES = {"base": 0.4, "a": 0.6, "b": 0.5, "m": 0.75}


def answers(model: str, task: str) -> list[float]:
    """Return right and wrong: who is better is right on the items the weaker ones have right, and on some more."""
    shift = TASKS.index(task)
    return [float(((7 * i + shift) % N) / N < RATES[model]) for i in range(N)]


def results(folder: Path, models: list[str], with_items: bool) -> None:
    """Write what lm-eval writes: one results file per model, with a samples file per task or without."""
    for model in models:
        place = folder / f"org__{model}"
        place.mkdir(parents=True)
        values = {task: answers(model, task) for task in TASKS}
        (place / "results_2024-01-01T00-00-00.json").write_text(json.dumps(told(model, values)), encoding="utf-8")
        for task in TASKS if with_items else ():
            rows = "".join(json.dumps(sample(task, i, value)) + "\n" for i, value in enumerate(values[task]))
            (place / f"samples_{task}_2024-01-01T00-00-00.jsonl").write_text(rows, encoding="utf-8")


def told(model: str, values: dict[str, list[float]]) -> dict:
    blocks = {
        task: {"alias": task, "acc,none": np.mean(v), "acc_stderr,none": np.std(v, ddof=1) / N**0.5}
        for task, v in values.items()
    }
    return {
        "results": blocks,
        "configs": {},
        "versions": dict.fromkeys(values, 1.0),
        "n-shot": dict.fromkeys(values, 0),
        "n-samples": {task: {"original": N, "effective": N} for task in values},
        "config": {"model": "hf", "model_args": f"pretrained=org/{model}", "limit": None},
        "date": 1.7e9,
        "lm_eval_version": "0.4.9",
        "model_name": f"org/{model}",
    }


def sample(task: str, i: int, value: float) -> dict:
    doc = {"question": f"{task} {i}?"}
    digest = hashlib.sha256(json.dumps(doc).encode()).hexdigest()
    row = {"doc_id": i, "doc": doc, "target": "0", "arguments": {}, "resps": [["x"]], "filtered_resps": ["x"]}
    hashes = {"doc_hash": digest, "prompt_hash": f"p{i}", "target_hash": "t"}
    return row | hashes | {"filter": "none", "metrics": ["acc"], "acc": value}


def workspace(folder: Path, kind: str, with_items: bool) -> Path:
    results(folder / "results", list(ROLES[kind]), with_items)
    models = "".join(f"  {name}: {{path: org/{name}, {role}}}\n" for name, role in ROLES[kind].items())
    (folder / "params").mkdir()
    text = f"study: small\nmodels:\n{models}results: [results]\n"
    (folder / "params" / "small.yaml").write_text(text, encoding="utf-8")
    (folder / "notebooks").mkdir()
    return folder


def written(folder: Path) -> dict[Path, tuple[int, str]]:
    """Return the figures and finished tables with time and digest."""
    files = [path for path in folder.glob("outputs/small/[ft]*/*") if path.suffix != ".parquet"]
    return {path: (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files}


@pytest.fixture(scope="module", params=[(kind, items) for kind in ROLES for items in (True, False)], ids=str)
def ran(request, tmp_path_factory):
    """Run the chain in notebooks/ of a small workspace; return kind, items, the texts shown, the files after each."""
    kind, with_items = request.param
    folder = workspace(tmp_path_factory.mktemp("smallest"), kind, with_items)
    shown, files = {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder / "notebooks")
        patch.setattr(session, "draw_and_save", drawn_only)
        for name in CHAIN:
            shown[name] = run_cells(name, study="params/small.yaml")
            files[name] = written(folder)
    return kind, with_items, shown, files, folder


def test_every_notebook_ends_with_its_signature_and_the_report_is_there(ran):
    _, _, shown, _, folder = ran
    assert all("mergekit_eval" in cells["provenance"] for cells in shown.values())
    assert (folder / "outputs" / "small" / "report.html").is_file()
    assert not (folder / "notebooks" / "outputs").exists()


def test_no_notebook_writes_what_another_one_wrote(ran):
    for before, after in pairwise(ran[3].values()):
        assert {path: after[path] for path in before} == before


def test_what_lacks_has_a_reason(ran):
    told = [text for cells in ran[2].values() for text in cells.values()]
    assert not [text for text in told if "has no data" in text or "Nothing to show: ." in text]


def test_the_number_of_models_is_the_reason_that_there_is_no_correlation(ran):
    kind, shown = ran[0], ran[2]["06"]
    models = len(ROLES[kind])
    assert "Nothing to show: " in shown["heat"]
    assert ("1 model has both tasks" if models == 1 else f"{models} models: below 5") in shown["heat"]
    if models < 3:
        assert "fewer than three models with a known error" in shown["reliability"]
    assert "no standard errors" not in shown["reliability"]


def test_without_a_merge_nothing_is_said_of_relatives_parents_or_decisions(ran):
    kind, _, shown, _, folder = ran
    if "merge" in kind:
        all_known = kind == "one merge of two parents"
        assert ("the difference to every relative of every merge is known" in shown["05"]["unseen"]) == all_known
        assert ("not compared: it is not known" in shown["05"]["unseen"]) != all_known
        return
    for cell in ("verdicts", "unseen", "range", "retention", "items"):
        assert "Nothing to show: no merge is known here" in shown["05"][cell], cell
    assert "no difference could be tested" in shown["07"]["mde"]
    page = page_text(folder)
    assert "The band runs from" not in page
    assert "no merge was evaluated with a known base or parent" in page


def page_text(folder: Path) -> str:
    page = (folder / "outputs" / "small" / "report.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)))


def test_the_report_says_how_the_best_was_decided(ran):
    kind, with_items, *_, folder = ran
    page = page_text(folder)
    alone = len(ROLES[kind]) == 1
    assert ("Decided: differences from paired items" in page) == (with_items and not alone)
    assert ("Decided: differences from aggregates only" in page) == (not with_items and not alone)
    assert ("in no column is the best decidedly better" in page) <= (not alone)


def test_every_section_of_the_report_has_content_or_a_reason(ran):
    page = (ran[-1] / "outputs" / "small" / "report.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section[^>]*id="s\d+".*?</section>', page, flags=re.DOTALL)
    assert len(sections) >= 10
    for section in sections:
        assert "<img" in section or "<td" in section or "Nothing to show: " in section, section[:200]


def test_the_merge_is_judged_against_what_is_known_of_it(ran):
    kind, shown = ran[0], ran[2]["00"]["verdicts"]
    if kind == "one merge alone":
        assert "no parent known" in shown
    elif "merge" in kind:
        assert "m" in shown.split() and "its best parent" in shown
        assert "a, b" in ran[2]["00"]["benchmarks"]
    else:
        assert "Nothing to show: no merge is known here" in shown


def unreadable(folder: Path) -> None:
    folder.mkdir()
    (folder / "results.json").write_text("{", encoding="utf-8")
    (folder / "notes.txt").write_text("nothing", encoding="utf-8")


@pytest.mark.parametrize("fill", [Path.mkdir, unreadable])
@pytest.mark.parametrize("name", CHAIN)
def test_a_notebook_ends_with_the_reason_where_nothing_could_be_read(tmp_path, monkeypatch, fill, name):
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "theirs")
    with pytest.raises(DataError, match=r"No score could be read: (there is no file with results|1 broken)"):
        run_cells(name, study="", results="theirs")
    assert not list(tmp_path.rglob("report.html"))


def test_notebook_03_shows_what_became_of_the_files_before_it_ends(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    unreadable(tmp_path / "theirs")
    shown: dict[str, str] = {}
    with pytest.raises(DataError):
        run_cells("03", shown, study="", results="theirs")
    assert "broken" in shown["problems"]
    assert shown["census"]
    assert "provenance" not in shown


def test_a_merge_that_was_not_evaluated_is_not_called_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "draw_and_save", drawn_only)
    folder = workspace(tmp_path / "w", "one merge of two parents", True)
    for path in (folder / "results" / "org__m").iterdir():
        path.unlink()
    monkeypatch.chdir(folder)
    shown = run_cells("05", study="small")
    assert "no merge has a base here, or one of the two was not evaluated" in shown["base"]
    assert "no merge has a parent here, or one of the two was not evaluated" in shown["parents"]
    assert "the merge is not evaluated" in shown["range"]
    assert "m not evaluated" in shown["unseen"]
    assert run_cells("07", study="small")["words"] == (
        "No merge was evaluated with a known base or parent, so nothing could be compared."
    )


def test_a_study_of_unbounded_scores_only_is_not_called_one_without_merges(tmp_path, monkeypatch):
    monkeypatch.setattr(session, "draw_and_save", drawn_only)
    folder = workspace(tmp_path / "w", "one merge of two parents", False)
    for path in folder.glob("results/*/results*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        value = 10 + len(path.parent.name)
        document["results"] = {"wikitext": {"alias": "wikitext", "word_perplexity,none": value}}
        path.write_text(json.dumps(document | {"n-samples": {}}), encoding="utf-8")
    monkeypatch.chdir(folder)
    shown = run_cells("05", study="small")
    for cell in ("range", "retention", "retention-table"):
        assert "none has a bounded score" in shown[cell], cell
    assert "fewer than two models share a task of bounded scores" in run_cells("07", study="small")["ranks"]
