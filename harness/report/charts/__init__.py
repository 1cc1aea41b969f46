"""The charts of the page: results in, SVG out."""
