"""`omstui doctor`: the command, and one file a check."""
