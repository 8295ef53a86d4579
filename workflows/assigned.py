"""Which variables of a version its diagrams write by themselves: scripts, tables, rules of derived variables."""
from __future__ import annotations

from functools import lru_cache

from workflows.diagram import parse_xml
from workflows.policy_limits import assignments
from workflows.versions import ProcessVersion


@lru_cache(maxsize=64)
def assigned(version: ProcessVersion) -> frozenset[str]:
    """Their names. Every other variable has the value that a form, a message or the start gave it last."""
    scripts = {name for xml in version.diagrams.values() for node in parse_xml(xml).iter("{*}scriptTask")
               for name, _ in assignments(node)}
    tables = {name for table in version.decisions.values() for name in table.outputs}
    return frozenset(scripts | tables | set(version.derived))
