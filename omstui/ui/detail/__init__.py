"""The pane that shows one task in full."""
