"""A pretend OMS for the demo, the pictures and the tests: it answers as the real one does, and touches nothing."""
