"""Background work: due timers, mail and housekeeping. Rows in our database are the truth; this only works them off."""
