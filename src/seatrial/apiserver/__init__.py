"""The Kubernetes API over a store.

Here belongs everything that stands between a request and the store: reading the request, who asks,
the rules of each kind, admission, the verbs, and how an answer is presented. What objects mean to
the cluster does not belong here: that is the controllers', the scheduler's and the kubelet's.
"""
