"""Public test kit: suites that every implementation of a protocol must pass, and builders."""
