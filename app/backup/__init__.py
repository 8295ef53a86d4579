"""Backup and restore: all of an installation in one file that either kind of database takes in."""
