"""Reproducible measurements: ``make bench``, ``make bench-forecast``."""
