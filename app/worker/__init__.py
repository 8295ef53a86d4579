"""Background work: due timers, mail, what-ifs and housekeeping. The rows are the truth; this only works them off."""
