"""Which positions one person may hold together: system, security and audit administrator are three people.

Who administers a system could otherwise give themselves what they lack, and wipe out that they did (8.1.4.2 d, 8.1.5.1
to 8.1.5.3 of GB/T 22239-2019). The audit administrator looks at everything and so does nothing else.
"""
from __future__ import annotations

from collections.abc import Iterable

from workflows.sentence import Sentence, say

SYSTEM, SECURITY, AUDIT = "admin", "security", "auditor"
THREE: dict[str, Sentence] = {SYSTEM: say("系统管理员"), SECURITY: say("安全管理员"), AUDIT: say("审计管理员")}
"""the positions and their names, in the order in which pages name them"""


def kind_of(positions: Iterable[str]) -> str | None:
    """Which of the three somebody is who holds these positions; None for everybody else."""
    return next((position for position in positions if position in THREE), None)


def conflict(positions: Iterable[str]) -> Sentence | None:
    """Why nobody may hold these positions together; None where one may."""
    held = set(positions)
    three = [name for position, name in THREE.items() if position in held]
    if len(three) > 1:
        return say("%(names)s不能由同一个人担任。", names=three)
    if AUDIT in held and len(held) > 1:
        return say("审计管理员只查看、不办事，不能兼任其他岗位。")
    return None
