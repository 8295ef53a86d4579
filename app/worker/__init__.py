"""Background work: due timers, mail, what-ifs and housekeeping. Rows in our database are the truth; this only works them
off."""
