"""A pretend OMS for the demo, the pictures and the tests: it answers like the real one and changes nothing."""
