"""An issue's past: its whole history in words, the same replayed on the diagram, and the proof that it is true."""
