"""Months and charts: what the past of one task looks like."""
