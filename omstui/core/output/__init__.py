"""What leaves the program: rows for scripts, reports, texts to copy."""
