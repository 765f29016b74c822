"""Pure: what lint and trials both say (codes, findings, advice) and how it is written down."""
