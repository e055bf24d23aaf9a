"""The numbers a statistic falls back on, in one place."""

LEVEL = 0.95
"""Confidence level of every interval."""

POWER = 0.80
"""Power that the minimum detectable effect and the planning functions aim at."""

FLIPS = 9_999
"""Random permutations or sign flips where they cannot all be listed; p is then (b + 1) / (FLIPS + 1)."""

RESAMPLES = 10_000
"""Bootstrap resamples."""

LIST_FLIPS_UP_TO = 14
"""All 2^n sign flips are listed up to this many differences (or clusters)."""

LIST_PERMUTATIONS_UP_TO = 8
"""All n! orders are listed up to this many models."""

FEWEST_MODELS = 5
"""Below this many models no correlation is reported."""

BLOCK_BYTES = 48 * 2**20
"""Working memory of one block of a matrix product over resamples."""
