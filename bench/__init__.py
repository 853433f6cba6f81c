"""Reproducible measurements: ``make bench``."""
