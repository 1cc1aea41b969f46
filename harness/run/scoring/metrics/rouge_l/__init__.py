"""ROUGE-L, as a module that `evaluate.load` takes."""
