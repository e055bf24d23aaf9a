"""The steps of `collect`, one module each: walk, read, keep, identify, join, decide between re-runs, aggregate."""
