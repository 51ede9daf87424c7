"""What `omstui login` reads, asks and checks."""
