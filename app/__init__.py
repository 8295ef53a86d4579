"""The web application: one package per thing a person does. See docs/architecture.md for the import rules."""
