"""The report as a reader meets it: in a real browser, from a file."""
