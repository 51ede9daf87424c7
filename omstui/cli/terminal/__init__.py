"""The screen's terminal: what it can show, and how it is taken and given back."""
