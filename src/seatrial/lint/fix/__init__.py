"""Edits on the text itself: comments, order, quotes and indentation stay as they are.

An edit becomes one replacement of a piece of text, worked out from the places of YAML nodes. The
new text is read again and must come to the data that the edits ask for, else it is not used.
"""
