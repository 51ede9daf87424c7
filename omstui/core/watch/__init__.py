"""What is known of the watched tasks: answers, and what follows from them."""
