"""Trying a change before it is published: by hand, and on what cases have recorded."""
