"""Findings for one consumer a file. Pure: values in, text or mappings out."""
