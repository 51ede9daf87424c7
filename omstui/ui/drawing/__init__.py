"""Text, tables and charts as lines of cells."""
