"""How it looks: Textual, and no I/O."""
