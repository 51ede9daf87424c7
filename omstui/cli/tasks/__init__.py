"""Which tasks a command means, and asking for them."""
