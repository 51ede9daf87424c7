"""The keys that the user may move: their names, and what is wrong with them."""
