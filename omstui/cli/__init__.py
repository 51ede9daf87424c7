"""The command line: opens the screen, or edits lists and credentials without it."""
