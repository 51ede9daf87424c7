"""What commands print: tables, CSV, JSON, figures for Prometheus, and phrases that several of them use."""
