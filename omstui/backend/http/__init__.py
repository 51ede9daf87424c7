"""HTTP with the service: one bounded endpoint, its errors, signing, and the network settings of the environment."""
