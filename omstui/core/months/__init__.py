"""The past of one task: its months and its chart."""
