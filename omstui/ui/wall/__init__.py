"""The screen with large figures, readable from across a room."""
