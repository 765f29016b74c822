"""What drives requests at the application, and how its lines are read."""
