"""Bodies in Kubernetes' protobuf form, as far as kubectl's own commands send them."""
