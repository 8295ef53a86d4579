"""The process as it really runs: heat maps, routes, rework, broken promises, bottlenecks, and its log for other tools."""
