"""Records of merges and cells as tables."""

from mergekit_eval import tables
from mergekit_eval.run.evaluating import CellRecord
from mergekit_eval.run.merging import MergeRecord
from mergekit_eval.run.records import failure_table, record_table
from mergekit_eval.show.view import shown

MERGE = MergeRecord("m", "ran", 1.5, 300.0, "out/merges/m", "out/logs/m.log", "")
CELL = CellRecord("m", "tiny", "", "failed", 0.0, "/a/b/logs/cell.log", "", "no space")


def test_records_show_what_became_of_each_and_no_folder():
    merges, _ = shown(record_table([MERGE]))
    assert merges.columns.tolist() == ["name", "status", "seconds", "peak memory"]
    cells, _ = shown(record_table([CELL]))
    assert cells.iloc[0].tolist() == ["m", "tiny", "failed", 0.0, "no space"]


def test_a_failure_names_its_reason_and_its_log():
    table = failure_table([CELL._replace(model="x")._replace(status="failed")])
    assert table[["reason", "log"]].to_numpy().tolist() == [["no space", "logs/cell.log"]]
    assert tables.reason(failure_table([MERGE])) == "nothing failed"
