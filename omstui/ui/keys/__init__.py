"""The keys that the user can remap: their names and their conflicts."""
