"""The address plan and well-known names of every cluster of ours; values, nothing else.

Differs from Kubernetes: node addresses live in namespaces of their own and cannot be reached from
the
machine; the API is reached from pods through a relay on each node.
"""

POD_CIDR = "10.244.0.0/16"  # node N (from 0) has 10.244.N.0/24, its bridge 10.244.N.1
SERVICE_CIDR = "10.96.0.0/16"
NODE_CIDR = "10.245.0.0/24"  # node N has 10.245.0.(N+10)
API_SERVICE_IP = "10.96.0.1"
DNS_SERVICE_IP = "10.96.0.10"
# Every node has this address on its loopback and relays it to the control plane's socket; it is the
# one
# endpoint of Service default/kubernetes.
API_RELAY_IP = "10.245.255.1"
API_RELAY_PORT = 6443
CLUSTER_DOMAIN = "cluster.local"
NODE_PORTS = (30000, 32767)
