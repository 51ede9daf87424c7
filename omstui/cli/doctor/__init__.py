"""`omstui doctor`: the command, and one file for each check."""
