"""Below /processes: proposing a draft, the proposals and what became of them, agreeing and refusing."""
from __future__ import annotations

import structlog
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.cases.errors import Blocked
from app.dates import city_day
from app.modeler.blueprint import blueprint
from app.modeler.release import proposals, publishing, review
from app.modeler.release.forms import ProposalForm
from app.models import Publication
from app.permissions import Permission, requires
from app.presentation import tell
from app.security import allow_inline_styles
from app.web import actor, db, now
from workflows.errors import DefinitionRefused
from workflows.versions import content_hash

log = structlog.get_logger()


@blueprint.context_processor
def waiting_proposals() -> dict[str, object]:
    """For the pages of processes: what is still open, of one process or of all."""
    return {"open_proposals": lambda key=None: proposals.listed_of(db(), key, only_open=True)}


@blueprint.route("/<string:key>/publish", methods=["GET", "POST"])
@requires(Permission.EDIT_PROCESSES)
def publish(key: str) -> Response | str | tuple[str, int]:
    """The draft beside the current version, what is wrong with it, and the form that proposes it."""
    draft = review.side(db(), key, review.DRAFT)
    form, shown = _form(key, draft)
    seen = _seen(shown)
    if form.validate_on_submit():
        _refuse_unseen(seen)
        return _proposed(publishing.propose(db(), key, draft.files, note=form.note.data, reason=form.given_reason,
                                            effective_at=form.effective_at, actor=actor(), now=now()))
    return _form_page(key, shown, form, _("发布草稿"), seen)


@blueprint.route("/<string:key>/roll-back/<string:hash>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROCESSES)
def roll_back(key: str, hash: str) -> Response | str | tuple[str, int]:
    """An earlier version beside the current one, and the form that proposes going back."""
    form, shown = _form(key, review.side(db(), key, hash))
    seen = _seen(shown)
    if form.validate_on_submit():
        _refuse_unseen(seen)
        return _proposed(publishing.roll_back(db(), key, hash, note=form.note.data, reason=form.given_reason,
                                              effective_at=form.effective_at, actor=actor(), now=now()))
    return _form_page(key, shown, form, _("回到这一版"), seen)


@blueprint.route("/<string:key>/retire", methods=["GET", "POST"])
@requires(Permission.EDIT_PROCESSES)
def retire(key: str) -> Response | str | tuple[str, int]:
    """The form that proposes that no new cases start."""
    form = ProposalForm(city_day(now()), breaks_rules=False)
    if form.validate_on_submit():
        return _proposed(publishing.retire(db(), key, note=form.note.data, effective_at=form.effective_at,
                                           actor=actor(), now=now()))
    page = render_template("modeler/retire.html", key=key, name=proposals.name_of(db(), key), form=form)
    return (page, 422) if form.errors else page


def _form(key: str, new: review.Side) -> tuple[ProposalForm, review.Review]:
    """What is shown of a change, and the form that asks for a reason where rules of policy are broken."""
    shown = review.review(db(), key, new, now(), proposer=actor().user_id)
    return ProposalForm(city_day(now()), breaks_rules=bool(shown.broken)), shown


def _seen(shown: review.Review) -> str:
    """Names both sides that the page shows."""
    return f"{content_hash(shown.new.files)}-{shown.old.address if shown.old else ''}"


def _refuse_unseen(seen: str) -> None:
    """Raises Blocked when one of the two sides is another one than the person has seen."""
    if request.form.get("seen") != seen:
        raise Blocked(_("您看过以后，草稿或者当前版本又改了，请再看一遍差别。"))


def _form_page(key: str, shown: review.Review, form: ProposalForm, title: str, seen: str) -> str | tuple[str, int]:
    allow_inline_styles()
    page = render_template("modeler/publish.html", key=key, name=proposals.name_of(db(), key), review=shown, form=form,
                           title=title, seen=seen)
    return (page, 422) if form.errors else page


def _proposed(done: Publication) -> Response:
    log.info("proposed", publication=done.id, kind=done.kind, status=done.status, by=actor().user_id)
    _tell(done)
    return redirect(url_for("modeler.proposal", publication_id=done.id))


def _tell(done: Publication) -> None:
    words = {"waiting": _("已经提交，等另一位系统管理员同意。"), "scheduled": _("已经排好，到时间自动生效。"),
             "published": _("已经生效。"), "refused": _("已经退回给提议人。"), "withdrawn": _("已经撤回。")}
    flash(words[done.status], "success")


@blueprint.get("/<string:key>/proposals")
@requires(Permission.SEE_PROCESSES)
def proposals_of(key: str) -> str:
    """Who changed what, when and why, and who agreed."""
    return render_template("modeler/proposals.html", key=key, name=proposals.name_of(db(), key),
                           lines=proposals.listed_of(db(), key), kinds=proposals.KINDS, statuses=proposals.STATUSES)


@blueprint.get("/proposals/<int:publication_id>")
@requires(Permission.SEE_PROCESSES)
def proposal(publication_id: int) -> str:
    """One proposal: the differences, what the checks and the organisation say, and the buttons of who may decide."""
    return _proposal_page(publication_id)


@blueprint.post("/proposals/<int:publication_id>/decide")
@requires(Permission.EDIT_PROCESSES)
def decide(publication_id: int) -> Response | tuple[str, int]:
    """A second administrator agrees or refuses."""
    agree, note = request.form.get("agree") == "yes", request.form.get("note", "")[:1000]
    try:
        done = publishing.decide(db(), publication_id, agree, note, seen=request.form.get("seen"), actor=actor(),
                                 now=now())
    except DefinitionRefused as refused:
        flash(_("现在不能生效：%(why)s", why=tell(refused)), "danger")
        return _proposal_page(publication_id), 409
    log.info("proposal_decided", publication=done.id, status=done.status, by=actor().user_id)
    _tell(done)
    return redirect(url_for("modeler.proposal", publication_id=publication_id))


@blueprint.post("/proposals/<int:publication_id>/withdraw")
@requires(Permission.EDIT_PROCESSES)
def withdraw(publication_id: int) -> Response:
    """Takes a proposal back."""
    done = publishing.withdraw(db(), publication_id, actor=actor(), now=now())
    log.info("proposal_withdrawn", publication=done.id, by=actor().user_id)
    _tell(done)
    return redirect(url_for("modeler.proposal", publication_id=publication_id))


@blueprint.post("/proposals/<int:publication_id>/renew")
@requires(Permission.EDIT_PROCESSES)
def renew(publication_id: int) -> Response:
    """Keeps to a proposal although another version has become current."""
    done = publishing.renew(db(), publication_id, actor=actor(), now=now())
    log.info("proposal_renewed", publication=done.id, status=done.status, by=actor().user_id)
    _tell(done)
    return redirect(url_for("modeler.proposal", publication_id=publication_id))


def _proposal_page(publication_id: int) -> str:
    allow_inline_styles()
    publication = proposals.find(db(), publication_id)
    line = proposals.line_of(db(), publication)
    is_open = publication.status in proposals.OPEN
    shown = None
    if publication.kind != "retire":
        shown = review.review(db(), publication.key, review.of_proposal(publication), now(), publication.effective_at,
                              None if is_open else publication.base_hash,
                              publication.proposed_by if publication.status == "waiting" else None)
    told = {str(change.text) for change in shown.differences.weighty} if shown else set()
    because = [why for why in publication.second_because if why not in told]
    return render_template(
        "modeler/proposal.html", because=because, line=line, publication=publication, review=shown, is_open=is_open,
        is_own=publication.proposed_by == actor().user_id, name=proposals.name_of(db(), publication.key),
        others=proposals.others(db(), publication.proposed_by), kinds=proposals.KINDS, statuses=proposals.STATUSES)
