"""The history: what omstui stores from one run to the next."""
