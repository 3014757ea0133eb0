"""A simulated year of ratings with planted fraud, for `benchmarks/fraud.py` and its tests."""
