"""Reading shell scripts: text → tokens → tree → what becomes of the shell.

Belongs here: what the POSIX grammar says. Does not: what a rule thinks of it.
"""
