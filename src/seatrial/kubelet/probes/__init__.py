"""Probes: thresholds are pure (`tally`), each way of asking is one file, `worker` asks in time."""
