"""Code that depends on the terminal or on Textual's private names."""
