"""The kernel's connection tracking: which connection went to which pod."""
