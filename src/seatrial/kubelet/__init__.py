"""Makes a node's pods true through a Runtime and a PodNetwork."""
