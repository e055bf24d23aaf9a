"""The backend without weights: any path is accepted, and all models are the same to it."""

from mergekit_eval.run.backends import dummy
from mergekit_eval.run.modelfiles import Digests
from mergekit_eval.study import Backend


def test_no_file_is_looked_at(tmp_path):
    digests = Digests(tmp_path / "d.json")
    dummy.check(str(tmp_path / "gone"), Backend(kind="dummy"))
    names = {dummy.identity(path, Backend(kind="dummy"), digests) for path in ("org/a", str(tmp_path / "gone"))}
    assert len(names) == 1 and digests.known == {} and not dummy.LOADS_FILES
