"""Changes of the watched tasks: events, alerts, and what the user has seen."""
