"""The process itself: clock, threads, files, memory."""
