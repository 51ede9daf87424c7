"""The screen with the watch list and the detail pane."""
