"""The screen with the event log."""
