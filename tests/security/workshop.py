"""What administrators have under way in a city that is attacked: without it every address of the modeler ends at a 404
before anything of it has run."""
from __future__ import annotations

import re
from typing import Any

from lxml import html
from sqlalchemy import func, select

from app.cases.definitions import publish
from app.issues.registration import PROCESS
from app.modeler.trial import what_if
from app.models import Agreement, Definition, Issue, Migration, Publication, Repair, TrialRun
from tests.conftest import MONDAY
from tests.security.world import PLACE, World

HERE = f"/processes/{PROCESS}"
ADMIN, SECURITY = ("city", "admin"), (PLACE, "security")


def furnish(city: World) -> dict[str, Any]:
    """Two versions, a draft with a finished what-if and a proposal, a trial in the administrator's browser, a move, a
    repair and an agreement that wait. Returns what stands in their addresses, by the name of the parameter."""
    admin = city.browser(ADMIN)

    def post(path: str, on: Any = admin, **form: Any) -> None:
        answer = on.post(path, data=form)
        assert answer.status_code < 400, f"{path}: {answer.status_code} {_said(answer.text)}"

    older, case = _publish_again(city)
    post(f"{HERE}/edit")
    fields = re.findall(r'name="([^"]+)"[^>]*value="(\d+)"', admin.get(f"{HERE}/parameters").text)
    changed = next(name for name, _ in fields if name != "revision")
    post(f"{HERE}/parameters", **{name: int(number) + (name == changed) for name, number in fields})
    post(f"{HERE}/what-if", what="draft", closed="100", calendar="")
    services = city.app.extensions["zhuqi"]
    while what_if.work_off(services.sessions, MONDAY):
        pass
    seen = re.search(r'name="seen" value="([^"]*)"', admin.get(f"{HERE}/publish").text)
    assert seen
    post(f"{HERE}/publish", note="放宽一天", reason="节日前后来不及", seen=seen[1])
    post(f"{HERE}/simulate", **(_as_it_comes(admin.get(f"{HERE}/simulate").text) | {"title": "试一试", "place": PLACE}))
    post(f"{HERE}/moves", to=_current(city), which="chosen", case=str(case), note="试点")
    post(f"{HERE}/cases/{case}/repairs", kind="set", variable="title", value="改名", reason="写错了")
    post(f"/admin/users/{city.posts['tax', 'leader']}/posts", city.browser(SECURITY), unit="city", position="admin")
    with services.sessions() as session:
        ids = {name: session.scalar(select(func.max(model.id))) for name, model in (
            ("run_id", TrialRun), ("publication_id", Publication), ("move_id", Migration), ("repair_id", Repair),
            ("agreement_id", Agreement))}
    assert all(ids.values()), ids
    return {"key": PROCESS, "hash": older, "instance_id": case, **ids}


def _as_it_comes(page: str) -> dict[str, str]:
    """What the page's largest form would send if nobody filled in anything."""
    return max((dict(form.form_values()) for form in html.fromstring(page).forms), key=len)


def _said(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _publish_again(city: World) -> tuple[str, int]:
    """The version that the cases are of, no longer the current one; and one of them."""
    with city.app.extensions["zhuqi"].sessions.begin() as session:
        first = session.scalars(select(Definition).where(Definition.key == PROCESS)).one()
        publish(session, PROCESS, {**first.files, f"{PROCESS}/README.md": "第二版"}, now=MONDAY, note="第二版")
        return first.hash, session.scalars(
            select(Issue.instance_id).where(Issue.id == city.cases["judged"].issue_id)).one()


def _current(city: World) -> str:
    with city.app.extensions["zhuqi"].sessions() as session:
        return session.scalars(select(Definition.hash).where(Definition.key == PROCESS, Definition.current)).one()
