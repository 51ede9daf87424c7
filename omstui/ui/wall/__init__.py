"""The screen in big figures, to be read from across a room."""
