import hashlib
import json
import platform
from importlib import metadata

from mergekit_eval import provenance


def test_inputs_are_named_with_their_digest_and_absent_ones_left_out(tmp_path):
    (tmp_path / "scores.parquet").write_bytes(b"abc")
    found = provenance.provenance({"alpha": 0.05}, [tmp_path / "scores.parquet", tmp_path / "none"])
    assert found["inputs"] == {"scores.parquet": hashlib.sha256(b"abc").hexdigest()}
    assert found["parameters"] == {"alpha": 0.05}
    assert found["python"] == platform.python_version()
    assert json.loads(json.dumps(found)) == found


def test_versions_are_those_installed_and_absent_packages_are_left_out(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "no-such-package-here"))
    assert provenance.versions() == {"numpy": metadata.version("numpy")}


def test_outside_of_a_checkout_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "__file__", str(tmp_path / "site-packages" / "mergekit_eval" / "provenance.py"))
    assert provenance.commit() == ""


def test_without_git_there_is_no_commit_and_no_error(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == ""


def test_the_signature_is_one_line_of_version_commit_and_parameters(monkeypatch):
    version = metadata.version("mergekit-eval")
    monkeypatch.setattr(provenance, "commit", lambda: "0123abcd")
    assert provenance.signature({"alpha": 0.05, "seed": 1}) == f"mergekit_eval {version} 0123abcd alpha=0.05 seed=1"
    monkeypatch.setattr(provenance, "commit", str)
    assert provenance.signature() == f"mergekit_eval {version}"
