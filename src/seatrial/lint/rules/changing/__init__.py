"""Rules of 2xx: rollouts, scale-downs, drained and lost nodes."""
