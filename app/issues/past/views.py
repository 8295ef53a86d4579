"""/issues/NUMBER/history and /issues/NUMBER/past: an issue's whole history in words, replayed, and proved."""
from __future__ import annotations

import re
import secrets
from datetime import datetime

from flask import jsonify, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.cases import definitions, proof
from app.cases.proof import Proof
from app.issues import places
from app.issues.blueprint import blueprint
from app.issues.facts import process_name
from app.issues.past import chronicle, film
from app.issues.past.film import Reel
from app.issues.past.holders import Holders
from app.issues.past.kinds import KINDS
from app.issues.past.reels import Key, Shelf
from app.models import Instance, Issue
from app.numbers import page_number, whole
from app.permissions import Permission, requires
from app.presentation import tell
from app.reads.noting import find_and_note
from app.security import allow_inline_styles
from app.web import actor, calendar, db, now

_RUN = re.compile(r"[0-9a-f]{16}")
_reels: Shelf[Reel] = Shelf()
_proofs: Shelf[Proof] = Shelf()
PROOF_SLICE = 200
"""entries that one request proves"""


@blueprint.get("/<string:number>/history")
@requires(Permission.SEE_ISSUES)
def history(number: str) -> str:
    """The whole history of an issue, the page of it that the address asks for. ?open=1 unfolds every entry."""
    issue = find_and_note(number, "history")
    query = _query(request.args)
    page = chronicle.find_page(db(), _instance(issue), query, calendar())
    address = {"kind": query.kind, "who": query.who, "size": query.size, "order": "old" if query.oldest_first else None,
               "open": request.args.get("open") and "1"}
    return render_template("past/history.html", issue=issue, page=page, query=query, address=address,
                           sizes=chronicle.PAGE_SIZES,
                           versions={digest: tell(version.words) for digest, version in page.versions.items()})


@blueprint.get("/<string:number>/past")
@requires(Permission.SEE_ISSUES)
def past(number: str) -> str:
    """A slider over an issue's history, at the entry ?at= that the address asks for, else at the last one."""
    issue = find_and_note(number, "past")
    allow_inline_styles()
    instance = db().get_one(Instance, _instance(issue))
    at = whole(request.args.get("at"), instance.history_length)
    return render_template("past/past.html", issue=issue, run=secrets.token_hex(8), total=instance.history_length,
                           at=min(max(at, 1), instance.history_length))


@blueprint.get("/<string:number>/past/frames.json")
@requires(Permission.SEE_ISSUES)
def past_frames(number: str) -> Response:
    """The next frames of the ?run= after the entry ?after=: {frames, reached, total, stopped, differs, beside}. A
    process that has not replayed so far answers with no frames until it has; `reached` then says how far it is."""
    issue = find_and_note(number, "past")
    instance = db().get_one(Instance, _instance(issue))
    key, after = _key(instance.id), whole(request.args.get("after"))
    reel = _reels.take(key)
    if reel is None or reel.seq > after:
        reel = Reel()
    holders = Holders(db(), instance.id)
    frames = film.go_on(db(), instance.id, reel, holders, places.unit_names(db()), calendar())
    _reels.put(key, reel)
    return jsonify({
        "frames": [frame | {"text": tell(frame["text"])} for frame in frames if frame["seq"] > after],
        "reached": reel.seq, "total": instance.history_length, "differs": reel.differs_from,
        "stopped": tell(reel.stopped) if reel.stopped else None,
        "beside": [{"name": each.name, "who": tell(each.who), "from": _milliseconds(each.began),
                    "to": _milliseconds(each.ended)} for each in holders.beside()]})


@blueprint.get("/<string:number>/past/diagrams.json")
@requires(Permission.SEE_ISSUES)
def past_diagrams(number: str) -> Response:
    """The diagrams of the versions that the issue has been on: {hash: {number, note, day, diagrams: [{process, name,
    xml}]}}, each version's own process first."""
    issue = find_and_note(number, "past")
    found = {}
    for digest, version in chronicle.versions_of(db(), _instance(issue)).items():
        drawn = definitions.version_of(db(), digest)
        ordered = sorted(drawn.diagrams, key=lambda each, own=drawn.key: each != own)  # type: ignore[misc]
        found[digest] = {
            "number": version.number, "note": version.note, "day": f"{version.published_at:%Y-%m-%d}",
            "diagrams": [{"process": each, "name": process_name(drawn.diagrams[each], each),
                          "xml": drawn.diagrams[each]} for each in ordered if "BPMNDiagram" in drawn.diagrams[each]]}
    return jsonify(found)


@blueprint.get("/<string:number>/past/proof")
@requires(Permission.SEE_ISSUES)
def past_proof(number: str) -> str:
    """重放验证: runs the recorded inputs again, a slice a request, and says what does not follow. Without ?run= a proof
    begins anew. A script asks for the result alone."""
    issue = find_and_note(number, "past")
    instance = db().get_one(Instance, _instance(issue))
    run = request.args.get("run") or secrets.token_hex(8)
    key = _key(instance.id, run)
    proved = _proofs.take(key) or Proof()
    if not proved.ended:
        proof.go_on(db(), instance.id, proved, most=PROOF_SLICE)
    _proofs.put(key, proved)
    page = "past/_proof.html" if request.headers.get("HX-Request") else "past/proof.html"
    film_at = url_for("issues.past", number=number, at=proved.fault.seq) if proved.fault else None
    return render_template(page, issue=issue, proof=proved, total=instance.history_length, proved_at=now(),
                           next=url_for("issues.past_proof", number=number, run=run), film=film_at)


def _query(given: MultiDict[str, str]) -> chronicle.Query:
    """What the address asks for; what it cannot ask for is left out."""
    kind, size = given.get("kind"), whole(given.get("size"))
    return chronicle.Query(
        kind=kind if kind in KINDS else None, who=whole(given.get("who")) or None, page=page_number(given.get("page")),
        size=size if size in chronicle.PAGE_SIZES else chronicle.PAGE_SIZES[0],
        oldest_first=given.get("order") == "old")


def _key(instance_id: int, run: str | None = None) -> Key:
    """The run that the address names, as this person's own; one run of nobody's naming if it names none."""
    run = run if run is not None else request.args.get("run", "")
    return actor().user_id, instance_id, run if _RUN.fullmatch(run) else ""


def _instance(issue: Issue) -> int:
    assert issue.instance_id is not None, "every registered issue has an instance"
    return issue.instance_id


def _milliseconds(at: datetime | None) -> int | None:
    return round(at.timestamp() * 1000) if at is not None else None
