"""Measures what the screen costs: ``python -m tests.bench``."""
