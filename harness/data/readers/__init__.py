"""Data as users have it: what they name is found, read row by row, and understood as examples."""
