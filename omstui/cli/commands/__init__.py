"""A command is one file: its options and what it does."""
