"""A lint result for one reader a file. Pure: a result in, text out."""
