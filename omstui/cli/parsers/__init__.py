"""The options of each command; a command itself is imported when it is run."""
