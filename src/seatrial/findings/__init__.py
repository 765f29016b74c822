"""What lint and trials both say: the values of a finding and the registry of its codes. Pure."""
