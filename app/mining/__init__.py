"""The process as it really runs: heat map, routes, rework, broken promises, bottlenecks; its log for other tools."""
