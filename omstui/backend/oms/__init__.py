"""What OMS is asked, and its answers as values."""
