"""From a draft to a version: proposals, second persons, what differs, going back, taking out and in."""
