"""Exact match, as a module that `evaluate.load` takes."""
