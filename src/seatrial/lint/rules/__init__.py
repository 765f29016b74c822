"""One rule a file, in folders named after the catalogue's families. Pure.

starting 1xx · changing 2xx · stopping 3xx · data 4xx · identity 5xx · dependencies 6xx ·
crashes 7xx · manifest 8xx
"""
