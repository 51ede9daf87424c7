"""The state of the watched tasks: answers, and what is derived from them."""
