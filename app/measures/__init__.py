"""Measures: whose a case's time was, facts per case, what is counted of them, and the pages that show it."""
