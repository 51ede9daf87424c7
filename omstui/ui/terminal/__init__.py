"""What leans on the terminal or on the inside of Textual."""
