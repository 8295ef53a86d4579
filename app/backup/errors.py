"""Why a backup was not made or not taken in, in one sentence for the operator."""
from __future__ import annotations


class BackupError(Exception):
    """Nothing was left half: no file of that name, or a database as it was before. `str(error)` is a sentence."""
