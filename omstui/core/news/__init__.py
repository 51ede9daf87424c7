"""What has changed: events, alerts, and what the user has seen."""
