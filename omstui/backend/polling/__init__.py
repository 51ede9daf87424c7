"""When each task is asked for, and how many requests a profile may send."""
