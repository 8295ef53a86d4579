"""Who has read which case: noted with each reading, looked up by who audits, deleted when its time is over (ADR 21)."""
