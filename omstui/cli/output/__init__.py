"""Prints tables, CSV, JSON and Prometheus metrics, with phrases that several commands use."""
