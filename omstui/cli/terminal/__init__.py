"""The screen's terminal: what it can show, and how it is taken over and given back."""
