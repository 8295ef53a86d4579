"""The holidays of China by the package `holidays`, and nobody else's: its own way in imports two hundred countries,
which takes 9 MiB of each process."""
from __future__ import annotations

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays.countries.china import China, ChinaStaticHolidays
else:
    _countries = find_spec("holidays.countries")
    _file = Path(_countries.submodule_search_locations[0]) / "china.py"
    _spec = spec_from_file_location("holidays.countries.china", _file)
    _module = module_from_spec(_spec)
    _spec.loader.exec_module(_module)
    China, ChinaStaticHolidays = _module.China, _module.ChinaStaticHolidays

__all__ = ["China", "ChinaStaticHolidays"]
