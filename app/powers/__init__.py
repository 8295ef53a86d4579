"""The three administrators (三员分立, GB/T 22239-2019 8.1.4.2): who may be which, the log of their acts (ADR 17)."""
