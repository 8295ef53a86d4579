"""The one draft of a process: kept, stepped back over, and edited in the browser."""
