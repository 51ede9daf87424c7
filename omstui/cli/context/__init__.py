"""What every command is given: streams, files and clock, the ways to read options, and the demo in their place."""
