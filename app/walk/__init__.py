"""The demonstration's guide: one person plays everybody whom an issue passes, and need not look for who is next.

Only a demonstration has it (ZHUQI_DEMO); an ordinary installation does not know its routes.
"""
