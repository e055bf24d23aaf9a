"""Simulated level and coverage of every test and interval in mergekit_eval.stats.

``python -m benchmarks.calibration`` runs the whole grid and writes docs/calibration/*.csv; tests run a reduced one.
"""
