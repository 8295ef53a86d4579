"""Dispatch meetings (调度会): calling one for stuck cases, its sheet, and what the board and the cases show of it."""
