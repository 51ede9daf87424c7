"""The output of omstui: rows for scripts, reports, texts to copy."""
