"""How profiles sign in."""
