"""Secrets and the stores that keep them."""
