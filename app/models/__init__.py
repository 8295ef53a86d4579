"""All tables. Importing this package gives `Base.metadata` everything that migrations compare themselves with."""
from app.models.audit import AuditCheck, Seal, SealedCase
from app.models.base import Base
from app.models.calendar import CalendarVersion
from app.models.case import Attachment, Definition, History, Incident, Instance, Timer, WorkItem
from app.models.inbox import Comment, Copy, Draft, IdempotencyKey, SavedView, Watch
from app.models.issue import Enterprise, Issue
from app.models.limit import RateLimit
from app.models.measures import CaseFact, CaseShare, LeaderCell, MeasureCell
from app.models.meeting import Meeting, MeetingCase
from app.models.mining import BreachRule, CaseBack, CaseBreach, CasePass, CaseRoute, CaseStep, Route
from app.models.modeler import (
    DraftPresence,
    DraftRevision,
    Migration,
    MigrationCase,
    ProcessDraft,
    Publication,
    Repair,
)
from app.models.org import Absence, Position, Post, Unit, User, UserSession
from app.models.outbox import MailTemplate, Outbox
from app.models.personal import Erasure, PersonalValue
from app.models.powers import AdminAct, AdminLog, Agreement
from app.models.reads import CaseRead
from app.models.sign_in import KnownBrowser, RecoveryCode
from app.models.trial import TrialCase, TrialRun
from app.models.worker import WorkerRound

__all__ = [
    "Absence", "AdminAct", "AdminLog", "Agreement", "Attachment", "AuditCheck", "Base", "BreachRule", "CalendarVersion",
    "CaseBack", "CaseBreach", "CaseFact", "CasePass", "CaseRead", "CaseRoute", "CaseShare", "CaseStep", "Comment",
    "Copy", "Definition", "Draft", "DraftPresence", "DraftRevision", "Enterprise", "Erasure", "History",
    "IdempotencyKey", "Incident", "Instance", "Issue", "KnownBrowser", "LeaderCell", "MailTemplate", "MeasureCell",
    "Meeting", "MeetingCase", "Migration", "MigrationCase", "Outbox", "PersonalValue", "Position", "Post",
    "ProcessDraft", "Publication", "RateLimit", "RecoveryCode", "Repair", "Route", "SavedView", "Seal",
    "SealedCase", "Timer", "TrialCase", "TrialRun", "Unit", "User", "UserSession", "Watch", "WorkItem",
    "WorkerRound",
]
