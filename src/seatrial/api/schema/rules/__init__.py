"""What the values of an object must obey, one kind a file: functions from objects to causes."""
