"""A demonstration city: the plan's units with fictional people, enterprises and issues, driven through the engine."""
