"""Objects that all commands share: streams, files, clock, options, and the demo's version of them."""
