"""What the figures allow to be said: one question per file, in plain sentences."""
