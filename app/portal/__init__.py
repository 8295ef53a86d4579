"""What an enterprise sees, without an account: reporting a difficulty, and following it with a code."""
