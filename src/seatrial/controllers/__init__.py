"""One controller a file: a pure plan on top, its shell below."""
