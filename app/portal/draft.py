"""A report that is being typed, kept in the server-side session until it is sent: nothing is lost on an error, on
going back, or when the telephone locks."""
from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from werkzeug.datastructures import MultiDict

from app.issues.registration import Report

_KEY = "report"
TROUBLE_FIELDS = ("title", "description", "category")
ENTERPRISE_FIELDS = ("enterprise_name", "credit_code", "place", "contact_name", "contact_phone", "contact_email")
_MAX_TEXT = 5000


class ReportDraft:
    """What was typed so far, over a session mapping. Values are texts as typed; files are {id, name, size}."""

    def __init__(self, session: MutableMapping[str, Any]):
        self._session = session
        kept = session.get(_KEY) or {}
        self.values: dict[str, str] = dict(kept.get("values", {}))
        self.files: list[dict[str, Any]] = list(kept.get("files", []))
        self.done: list[str] = list(kept.get("done", []))
        """the steps whose answers were found in order"""
        self.wrong: list[str] = list(kept.get("wrong", []))
        """the steps whose answers were not, and whose page says so"""
        self.refused: list[str] = list(kept.get("refused", []))
        """what to tell about files that were not taken the last time"""

    def take(self, form: MultiDict[str, str], fields: tuple[str, ...]) -> None:
        """Keeps what was typed in these fields, right or wrong, bounded."""
        for field in fields:
            self.values[field] = form.get(field, "")[:_MAX_TEXT]

    def take_missing(self, form: MultiDict[str, str]) -> None:
        """Keeps what a later step's page carried along, if the session that held it has ended meanwhile."""
        for field in (*TROUBLE_FIELDS, *ENTERPRISE_FIELDS):
            if field in form and field not in self.values:
                self.values[field] = form[field][:_MAX_TEXT]

    def mark(self, step: str, in_order: bool) -> None:
        self.done = [*(s for s in self.done if s != step), *([step] if in_order else [])]
        self.wrong = [*(s for s in self.wrong if s != step), *([] if in_order else [step])]

    def save(self) -> None:
        self._session[_KEY] = {"values": self.values, "files": self.files, "done": self.done,
                               "wrong": self.wrong, "refused": self.refused}

    def forget(self) -> None:
        self._session.pop(_KEY, None)

    def report(self) -> Report:
        """The report as the registration takes it; the steps have been checked by their forms."""
        given = {field: self.values.get(field, "").strip() for field in (*TROUBLE_FIELDS, *ENTERPRISE_FIELDS)}
        return Report(title=given["title"], description=given["description"], category=given["category"] or None,
                      enterprise_name=given["enterprise_name"], credit_code=given["credit_code"] or None,
                      place=given["place"], contact_name=given["contact_name"], contact_phone=given["contact_phone"],
                      contact_email=given["contact_email"] or None)
