"""The command line: opens the screen, and does to lists and credentials without it what the screen does."""
