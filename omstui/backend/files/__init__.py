"""The user's files: config, watch list, log."""
