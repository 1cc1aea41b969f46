"""Loads the harness into pytest, nothing else."""

pytest_plugins = ["harness.plugin"]
