"""Averages of several models over tasks from their task matrices, and what questions of several tasks add to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mergekit_eval.compare.questions import unknown_sharing
from mergekit_eval.compare.shared_units import joined, outside, shared_units
from mergekit_eval.compare.task_matrix import Block
from mergekit_eval.compare.testing import averaged

Floats = NDArray[np.float64]


def mean_contrast(
    blocks: Sequence[Block], weights: Sequence[Floats], shares: Sequence[float]
) -> tuple[float, float, float]:
    """Return the average of `Block.contrast` over tasks, its standard error and its degrees of freedom.

    Parameters
    ----------
    blocks : sequence of Block
        One per task.
    weights : sequence of (m,)
        Of the models of each.
    shares : sequence of float
        What each task weighs, summing to 1. Questions that stand in several tasks count once (`shared_units.joined`).
    """
    parts = [block.contrast(one) for block, one in zip(blocks, weights, strict=True)]
    asked = [block.asked(np.atleast_2d(one)) for block, one in zip(blocks, weights, strict=True)]
    return averaged(*joined(parts, shares, asked))


def shared_covariances(
    blocks: Sequence[Block], mixes: Sequence[Floats], *, half_items: bool = False
) -> list[tuple[list[int], Floats]]:
    """Return what questions of several tasks add to the covariance of sums over tasks, shape (k, k), by group of tasks.

    Parameters
    ----------
    blocks : sequence of Block
        One per task.
    mixes : sequence of (k, m)
        Weights of the models of each in the k sums. A model without items adds nothing.
    half_items : bool
        Whether the half items that the covariances of the blocks hold (`extra`) are shared as the items are.
    """
    known = [np.where(block.with_items, mix, 0.0) for block, mix in zip(blocks, mixes, strict=True)]
    asked = [block.asked(mix) for block, mix in zip(blocks, known, strict=True)]
    out = []
    for group in shared_units(asked):
        errors = group.errors(asked)
        whole = np.sum(errors, axis=0)
        between = whole.T @ whole - np.sum([one.T @ one for one in errors], axis=0)
        if half_items:
            halves = np.array([known[at] * np.sqrt(blocks[at].extra) for at in group.places])
            alike = group.overlap() - np.eye(len(halves))
            between = between + np.einsum("ikm,ij,jlm->kl", halves, alike, halves)
        out.append((group.places, between))
    return out


def mean_covariance(blocks: Sequence[Block], mixes: Sequence[Floats], shares: Sequence[float]) -> tuple[Floats, float]:
    """Return the covariance of weighted means over tasks, shape (k, k), and its df (Satterthwaite, by traces).

    Parameters
    ----------
    blocks, mixes
        As for `shared_covariances`. Half items (`Block.extra`) are part of the covariance.
    shares : sequence of float
        What each task weighs.
    """
    covs = [share**2 * mix @ block.cov @ mix.T for block, mix, share in zip(blocks, mixes, shares, strict=True)]
    dfs = [block.df for block in blocks]
    weighed = [share * mix for share, mix in zip(shares, mixes, strict=True)]
    for at, between in shared_covariances(blocks, weighed, half_items=True):
        covs[at[0]] = between + np.sum([covs[one] for one in at], axis=0)
        dfs[at[0]] = max(dfs[one] for one in at)
        for one in at[1:]:
            covs[one] = np.zeros_like(covs[one])
    traces = np.array([np.trace(cov) for cov in covs])
    spread = float((traces**2 / np.array(dfs)).sum()) if all(dfs) else np.nan
    return np.sum(covs, axis=0), float(traces.sum()) ** 2 / spread if spread > 0 else np.inf


def unknown_between(blocks: Sequence[Block], weights: Sequence[Floats]) -> str:
    """Return the sentence of `questions.unknown_sharing` on an average, its tasks weighed as for `mean_contrast`."""
    asked = [block.asked(np.atleast_2d(one)) for block, one in zip(blocks, weights, strict=True)]
    return unknown_sharing([block.rows[0].task for block in blocks], asked)


def distinct_tasks(
    blocks: Sequence[Block], shares: Sequence[float]
) -> tuple[list[Floats], list[NDArray[np.intp] | None], list[float]]:
    """Return values, clusters and shares of tasks without a common question; those that share some are summed.

    Parameters
    ----------
    blocks : sequence of Block
        Of the same models in the same order, all with items.
    shares : sequence of float
        What each task weighs.

    Returns
    -------
    tuple of list
        The averages of the models over these tasks are those over ``blocks``.
    """
    asked = [block.asked(np.eye(len(block.models))) for block in blocks]
    groups = shared_units(asked)
    alone = outside(groups, len(blocks))
    values = [one for at in alone if (one := blocks[at].values) is not None]
    weights = [[shares[at] for at in group.places] for group in groups]
    for group, mine in zip(groups, weights, strict=True):
        held = [part.values for at in group.places if (part := asked[at]) is not None]
        values.append(group.summed(held, mine))
    clusters = [blocks[at].clusters for at in alone]
    return values, clusters + [None] * len(groups), [shares[at] for at in alone] + [sum(mine) for mine in weights]


def macro(blocks: Sequence[Block], shares: Sequence[float]) -> tuple[Floats, Floats]:
    """Return the average of each model over some tasks, and the covariance of these.

    Parameters
    ----------
    blocks : sequence of Block
        Of the same models in the same order.
    shares : sequence of float
        What each task weighs, summing to 1.

    Returns
    -------
    tuple of ndarray
        (m,) and (m, m). A difference of two models has the error of their paired differences; `extra` stays only for
        models without items.
    """
    means = np.sum([share * block.means for block, share in zip(blocks, shares, strict=True)], axis=0)
    total = np.zeros((means.size, means.size))
    for block, share in zip(blocks, shares, strict=True):
        part = block.cov.copy()
        part[np.diag_indices_from(part)] -= np.where(block.with_items, block.extra, 0.0)
        total += share**2 * part
    if any(block.questions is not None for block in blocks):
        for _, between in shared_covariances(blocks, [share * np.eye(means.size) for share in shares]):
            total += between
    return means, total
