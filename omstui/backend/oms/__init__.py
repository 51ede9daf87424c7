"""Requests to OMS, and its answers as values."""
