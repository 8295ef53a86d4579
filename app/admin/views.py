"""Administration, gathered: importing this registers all its routes on the blueprint."""
from __future__ import annotations

from app.admin import (
    absence_views,
    account_views,
    agreement_views,
    calendar_views,
    erasure_views,
    import_views,
    incident_views,
    leader_views,
    log_views,
    mail_template_views,
    mail_views,
    system_views,
    unit_views,
    user_views,
)
from app.admin.blueprint import blueprint

__all__ = ["absence_views", "account_views", "agreement_views", "blueprint", "calendar_views", "erasure_views",
           "import_views", "incident_views", "leader_views", "log_views", "mail_template_views", "mail_views",
           "system_views",
           "unit_views", "user_views"]
