"""Running cases: where they stand, moving them to another version, repairing one."""
