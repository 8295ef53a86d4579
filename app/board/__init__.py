"""The supervision board: what is late or about to be, what is stuck, whose it is; and pressing where it sticks."""
