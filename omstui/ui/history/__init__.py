"""The screen with months side by side."""
