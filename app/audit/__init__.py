"""Seals over what has happened, their verification, dossiers, and the pages for those who audit (ADR 14)."""
