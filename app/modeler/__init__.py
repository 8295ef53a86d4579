"""What administrators change processes with: drafts, checks, trials, proposals, versions, and cases moved over.

Addresses: /processes lists them, /processes/KEY is one with its versions and draft; everything of one lies below it.
"""
