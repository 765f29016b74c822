"""The trials, one a file: a scenario, a judgement with figures and causes, advice. Pure."""
