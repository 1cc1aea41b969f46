"""The harness's own tests: one file, one question, as tables of claims."""
