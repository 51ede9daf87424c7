"""Finds the tasks that a command names, and asks for them."""
