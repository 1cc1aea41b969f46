"""The tables of the page: results in, rows of cells out."""
