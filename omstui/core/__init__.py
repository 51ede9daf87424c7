"""Values and rules of omstui: no I/O, and the time is an argument; needs only the standard library and msgspec."""
