"""The raw tree of Holmes: what the folders say, the last row of the log, predictions as items."""

TREE = "results/flash-holmes/flash-holmes-blimp-npi/org__merge/{encoding}/{control}/643/{seed}/0/done/{name}"


def place(name, seed=0, control="NONE", encoding="full"):
    return TREE.format(name=name, seed=seed, control=control, encoding=encoding)


def test_raw_metrics_take_the_last_row_and_pearson_first(look, write):
    text = "epoch,step,train loss,full test acc,full test f1\n0,1,0.5,,\n1,2,0.4,,\n1,3,,0.8,0.7\n"
    out = look(write(place("metrics.csv"), text))
    assert out.reader == "holmes-probe"
    assert out.value("blimp-npi", "score", "seed=0", "org/merge") == 0.7
    assert out.value("blimp-npi", "acc", "seed=0") == 0.8
    assert {row["metric"]: (row["seeds"], row.get("measure", "")) for row in out.scores} == {
        "score": (1, "F1"), "acc": (1, "")
    }  # fmt: skip
    pearson = "epoch,step,full test pearson,full test f1\n0,1,-0.2,0.9\n"
    assert look(write(place("metrics.csv", seed=3), pearson)).value("blimp-npi", "score", "seed=3") == -0.2


def test_raw_probe_that_did_not_finish_or_lies_elsewhere_is_refused(look, write):
    assert look(write(place("metrics.csv"), "epoch,step,full test f1\n0,1,\n")).status == "refused"
    stray = look(write("metrics.csv", "epoch,step,full test f1\n0,1,0.5\n"))
    assert stray.status == "refused"
    assert "dataset and model" in stray.why


def test_raw_control_and_precision(look, write):
    out = look(
        write(place("metrics.csv", control="RANDOMIZATION", encoding="four_bit"), "epoch,step,full test f1\n0,1,0.5\n")
    )
    assert out.scores[0]["filter"] == "seed=0,control=RANDOMIZATION,encoding=four_bit"
    assert out.scores[0]["quantization"] == "4bit"


def test_predictions_are_items_with_text_never_kept(look, write):
    text = "instance,pred,label,loss,seen\n\"('a',)\",1.0,1.0,0.1,seen\n\"('b',)\",0.0,1.0,0.2,unseen\n"
    out = look(write(place("preds.csv"), text))
    assert out.items() == [1.0, 0.0]
    assert out.value("blimp-npi", "acc", "seed=0") == 0.5
    assert "('a',)" not in str(out.readout.items.to_pylist())


def test_predictions_of_a_regression_or_without_names(look, write):
    assert look(write(place("preds.csv"), "instance,pred,label,loss,seen\na,0.31,0.5,0.1,seen\n")).status == "refused"
    assert look(write(place("preds.csv", seed=1), ",0,1,2,3,4\n0,a,b,c,d,e\n")).status == "refused"
