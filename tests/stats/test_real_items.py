"""Published items: winogrande of two Llama-2 sizes and four conditions of one model on PubMedQA, by a plain route."""

import itertools
import json
import math
import statistics

import numpy as np
import pytest

from mergekit_eval.stats import bootstrap_draws, flip_draws, holm, paired_difference, ratio_of_averages

pytestmark = pytest.mark.real_data


def winogrande(real_data):
    folder = real_data / "samples/EleutherAI+lm-evaluation-harness/pr1567/SlurmEvals"
    files = [folder / "llama13/winogrande_write_out_info.json", folder / "llama/winograndeLogs.json"]
    tables = [{row["doc_id"]: row["acc"] == "True" for row in json.loads(f.read_text())} for f in files]
    assert tables[0].keys() == tables[1].keys()
    return [[float(t[k]) for k in tables[0]] for t in tables]


def pubmedqa(real_data):
    folder = real_data / "samples/raniahtr+lm-evaluation-harness/results/pubmedqa"
    files = sorted(folder.glob("samples_*.jsonl"))
    assert len(files) == 4
    return {f.stem.rsplit("_", 1)[1]: by_question(f) for f in files}


def by_question(file):
    """Exact match per question; the file holds indented and plain JSON objects one after the other."""
    text, place, found, decoder = file.read_text(), 0, {}, json.JSONDecoder()
    while place < len(text.rstrip()):
        row, place = decoder.raw_decode(text, place + len(text[place:]) - len(text[place:].lstrip()))
        found[row["doc_hash"]] = float(row["exact_match"])
    return found


Z = statistics.NormalDist().inv_cdf(0.975)


def plain_wilson(p, n, z=Z):
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (p + z * z / (2 * n) - half) / (1 + z * z / n), (p + z * z / (2 * n) + half) / (1 + z * z / n)


def plain_comparison(a, b):
    """McNemar and Newcombe's method 10 with whole numbers and the standard library."""
    n = len(a)
    e, f = sum(x and y for x, y in zip(a, b, strict=True)), sum(x > y for x, y in zip(a, b, strict=True))
    g = sum(x < y for x, y in zip(a, b, strict=True))
    h = n - e - f - g
    k, m = min(f, g), f + g
    tail = sum(math.comb(m, i) for i in range(k + 1))
    exact = min(1, 2 * tail / 2**m)
    midp = (2 * tail - math.comb(m, k)) / 2**m
    pa, pb = (e + f) / n, (e + g) / n
    (la, ua), (lb, ub) = plain_wilson(pa, n), plain_wilson(pb, n)
    top = e * h - f * g
    top = max(top - n / 2, 0) if top > 0 else top
    phi = top / math.sqrt((e + f) * (g + h) * (e + g) * (f + h))
    low = pa - pb - math.sqrt((pa - la) ** 2 - 2 * phi * (pa - la) * (ub - pb) + (ub - pb) ** 2)
    high = pa - pb + math.sqrt((ua - pa) ** 2 - 2 * phi * (ua - pa) * (pb - lb) + (pb - lb) ** 2)
    return {"n": n, "wins": f, "losses": g, "ties": n - m, "p": midp, "p_exact": exact, "low": low, "high": high}


def same(found, expected):
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-10), name


def test_winogrande_13b_against_7b(real_data):
    a, b = winogrande(real_data)
    found = paired_difference(a, b)
    assert (round(found.mean_a, 4), round(found.mean_b, 4), found.n) == (0.7616, 0.7380, 1267)
    same(found, plain_comparison(a, b))
    d = [x - y for x, y in zip(a, b, strict=True)]
    assert found.stderr == pytest.approx(statistics.stdev(d) / math.sqrt(len(d)), abs=1e-12)
    assert found.mde == pytest.approx((1.9599639845400545 + 0.8416212335729143) * found.stderr, abs=1e-12)


def test_winogrande_keeps_its_conclusion_under_joint_draws(real_data):
    a, b = winogrande(real_data)
    exact = paired_difference(a, b)
    tasks = [np.column_stack([a, b])]
    boot, flip = (draw(tasks, n_resamples=9999, seed=1)[0] for draw in (bootstrap_draws, flip_draws))
    share = (np.abs(flip[:, 0] - flip[:, 1]) >= exact.diff - 1e-6).mean()
    error = np.sqrt(exact.p_exact * (1 - exact.p_exact) / 9999)
    assert share == pytest.approx(exact.p_exact, abs=3 * error)
    limits = np.quantile(boot[:, 0] - boot[:, 1], [0.025, 0.975])
    assert limits == pytest.approx((exact.low, exact.high), abs=1 / len(a) + 0.1 * exact.stderr)  # steps of one item
    kept = ratio_of_averages(np.mean(b) - 0.5, np.mean(a) - 0.5, np.cov(b, a) / len(a), df=len(a) - 1)
    assert kept.low < kept.ratio < kept.high


def test_pubmedqa_conditions(real_data):
    conditions = pubmedqa(real_data)
    keys = list(next(iter(conditions.values())))
    assert {len(t) for t in conditions.values()} == {500}
    assert all(set(t) == set(keys) for t in conditions.values())
    p = []
    for one, other in itertools.combinations(conditions, 2):
        a, b = ([conditions[name][k] for k in keys] for name in (one, other))
        found = paired_difference(a, b)
        same(found, plain_comparison(a, b))
        p.append(found.p)
    order = sorted(range(6), key=p.__getitem__)
    stepped = list(itertools.accumulate((min(1, (6 - i) * p[k]) for i, k in enumerate(order)), max))
    assert holm(p)[order] == pytest.approx(stepped, abs=1e-12)
