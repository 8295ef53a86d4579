"""What administrators change processes with: drafts, checks, trials, proposals, versions, and cases moved over.

Addresses: /processes lists them, /processes/KEY is one with its versions and draft; everything of one lies below it.
`editor` keeps and edits the draft, `trial` tries it, `release` makes it a version, `fleet` moves running cases over.
"""
