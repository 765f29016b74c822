"""Sails an application through lifecycle events and explains what it lost; reaches a cluster only
through the client.
"""
