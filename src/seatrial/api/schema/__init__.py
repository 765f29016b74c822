"""What objects look like: their structure (from the schema package and our own definitions), their
defaults and the rules of each kind.
"""
