"""The report for its readers, one a file: terminal, JSON, one self-contained HTML page."""
