"""What the process itself needs: clock, threads, memory."""
