"""Erasing a closed issue's personal data: what there is, who asks, who agrees, and how it is done (ADR 20)."""
