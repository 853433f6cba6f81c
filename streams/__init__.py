"""Usagewatch: exact usage of each subscriber, what it means, and what is said about it."""
