"""What is done by one at a time on PostgreSQL: the number of each advisory lock, in one place so that no two are alike.

Who takes one waits for whoever has it (`app.db.take_turns`); SQLite has one writer anyway.
"""
from __future__ import annotations

from enum import IntEnum, unique


@unique
class Turn(IntEnum):
    """One thing that two must not do at once. The numbers are seen by every host, also by one of the release before:
    they are never given to something else."""
    MIGRATE_QUEUE = 7_305_001
    PREPARE_DATABASE = 7_305_002
    """migrating it, or restoring a backup into it"""
    MOVE_DEADLINES = 7_305_003
    SAVE_CALENDAR = 7_305_004
    """so that nobody builds on a version that has just been followed by another"""
    BEGIN_CASES = 7_305_005
    """cases that begin share it; who looks for all of them has it alone"""
    NUMBER_ISSUES = 7_305_006
    PUBLISH = 7_305_007
    BEGIN_DRAFTS = 7_305_008
    """and giving keys to new processes"""
    BEGIN_MOVES = 7_305_009
    SEAL = 7_305_010
    MEASURE = 7_305_011
    NOTE_ACTS = 7_305_017
    """appending to the administrators' log"""
    NUMBER_MEETINGS = 7_305_021
    """and calling one for a case that nobody else calls one for"""
