"""Runs of other people's programs: per-item scores that lm-evaluation-harness and Inspect wrote, read and compared."""
