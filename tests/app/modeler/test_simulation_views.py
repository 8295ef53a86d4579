"""Walking a process through by hand: tasks with their forms, messages, a clock, and a way back; nothing is written."""
from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import bootstrap
from app.cases import definitions
from app.cases.errors import Blocked
from app.modeler.trial import simulation
from app.modeler.trial.simulation import Move, Simulation
from app.models import Definition, ProcessDraft, User
from tests.app.modeler.conftest import row_counts
from tests.conftest import MONDAY
from tests.workflows import diagrams as d
from workflows.calendar import Calendar
from workflows.versions import load_version

HERE = "/processes/p/simulate"
ASKING = ('{"id": "plain", "type": "default", "schemaVersion": 18, "components": [{"type": "textfield", "key": "note",'
          ' "label": "意见", "validate": {"required": true}}]}')


_TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="dec" name="dec"><decisionTable id="t" hitPolicy="FIRST">
<input id="i1"><inputExpression id="e1"><text>kind</text></inputExpression>THE_VALUES</input>
<input id="i2"><inputExpression id="e2"><text>place_</text></inputExpression></input><output id="o" name="unit_"/>
<rule id="r1"><inputEntry id="a1"><text>"loan"</text></inputEntry><inputEntry id="a2"><text>"east"</text></inputEntry>
<outputEntry id="b1"><text>"x"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="a3"><text>-</text></inputEntry><inputEntry id="a4"><text>-</text></inputEntry>
<outputEntry id="b2"><text>"y"</text></outputEntry></rule></decisionTable></decision></definitions>"""


def _files():
    wait = d.node("intermediateCatchEvent", "wait", d.event("message", "m_rated"))
    return d.files(d.diagram(
        d.start(), d.user("a", due="working_days(days)"), wait, d.end(), d.end("end_late"),
        d.boundary("limit", "a", d.timer("duration", "working_days(days)"), interrupting=False,
                   notify="'finance'/head", notify_text="请抓紧"),
        d.flow("start", "a", "wait", "end"), d.flow("limit", "end_late"), declared=d.declare("rated"),
        variables='{"days": 5, "note": null}')) | {"p/forms/plain.form.json": ASKING}


@pytest.fixture
def published(sessions):
    with sessions.begin() as session:
        return definitions.publish(session, "p", _files(), now=MONDAY).hash


@pytest.fixture
def begun(administrator, published):
    """A browser with a simulation of the published version, begun with what the page proposes."""
    answer = begin(administrator)
    assert answer.status_code == 303
    return administrator


def begin(browser, **given):
    return browser.submit(HERE, {"days": "5", **given})


def log(page):
    return [re.sub(r"<[^>]+>", " ", part) for part in page.split("经过</h2>")[1].split('<li class="mb-3">')[1:]]


def test_the_page_proposes_a_beginning_and_shows_the_first_task(begun):
    page = begun.get(HERE).text
    assert "意见" in page and "2026-03-09 23:59:59前办结" in page
    (first,) = log(page)
    assert "时限“limit”定在03月09日 23:59" in first and "“a”，03月09日 23:59前办结" in first


def test_a_form_is_judged_as_an_officers_is(begun):
    answer = begun.submit(f"{HERE}/tasks/{task(begun)}", {"note": ""}, on=HERE)
    assert answer.status_code == 422 and "请填写意见" in answer.text
    assert begun.submit(f"{HERE}/tasks/{task(begun)}", {"note": "同意"}, on=HERE).status_code == 303
    assert "办结“a”" in log(begun.get(HERE).text)[0]


def task(browser):
    return re.search(rf"{HERE}/tasks/(\d+)", browser.get(HERE).text)[1]


def test_a_message_from_outside_is_a_form_of_its_own(begun):
    begun.submit(f"{HERE}/tasks/{task(begun)}", {"note": "同意"}, on=HERE)
    page = begun.get(HERE).text
    assert "企业作了评价" in page and "满意程度" in page
    begun.submit(f"{HERE}/messages/rated", {"response_rating": "5", "satisfaction": "4", "solved": "true"}, on=HERE)
    page = begun.get(HERE).text
    assert "流程走完了" in page and "流程办结。" in log(page)[0]
    assert "<dd" in page and ">4</dd>" in page


def test_the_clock_goes_to_the_next_limit_which_says_whom_it_would_tell(begun):
    begun.submit(f"{HERE}/clock", {"to": "next"}, on=HERE)
    page = begun.get(HERE).text
    assert "2026-03-09 23:59:59</time></p>" in page
    assert "会告知市财政局负责人：请抓紧" in log(page)[0]


def test_the_clock_goes_on_by_working_days_and_to_a_day_but_never_back(begun):
    begun.submit(f"{HERE}/clock", {"to": "days", "days": "5"}, on=HERE)
    assert "2026-03-09 10:00:00</time></p>" in begun.get(HERE).text
    begun.submit(f"{HERE}/clock", {"to": "day", "day": "2026-03-20"}, on=HERE)
    page = begun.get(HERE).text
    assert "2026-03-20 09:00:00</time></p>" in page and "到了时限“limit”" in log(page)[0]
    for day in ("2026-03-19", "2036-01-01", "nonsense"):
        begun.submit(f"{HERE}/clock", {"to": "day", "day": day}, on=HERE)
        assert "2026-03-20 09:00:00</time></p>" in begun.get(HERE).text


def test_one_step_back_from_the_beginning_again_and_another_beginning(begun):
    begun.submit(f"{HERE}/clock", {"to": "next"}, on=HERE)
    begun.submit(f"{HERE}/tasks/{task(begun)}", {"note": "同意"}, on=HERE)
    begun.submit(f"{HERE}/back", on=HERE)
    assert "到了时限“limit”" in log(begun.get(HERE).text)[0]
    begun.submit(f"{HERE}/tasks/{task(begun)}", {"note": "同意"}, on=HERE)
    begun.submit(f"{HERE}/back", {"all": "1"}, on=HERE)
    assert len(log(begun.get(HERE).text)) == 1
    begun.submit(f"{HERE}/back", {"new": "1"}, on=HERE)
    assert "别的变量一开始就有的值" in begun.get(HERE).text


def test_parameters_may_be_others_at_the_beginning(administrator, published):
    assert begin(administrator, days="3").status_code == 303
    assert "2026-03-05 23:59:59前办结" in administrator.get(HERE).text
    refused = administrator.submit(HERE, {"days": "three"}, on=f"{HERE}?what={published}")
    assert refused.status_code == 422 and "<details class=\"form-folded\" open>" in refused.text
    for line in ("note", "1x = 3", "note = three"):
        refused = administrator.submit(HERE, {"days": "3", "others": line}, on=f"{HERE}?what={published}")
        assert refused.status_code == 422 and f"这一行读不懂：{line}" in refused.text


def test_the_beginning_asks_for_each_variable_by_its_kind(administrator, sessions):
    """`kind` and `place_` with what the table says of them; what a script or the table writes is not asked for."""
    table = _TABLE.replace("THE_VALUES", '<inputValues id="v"><text>"loan","tax"</text></inputValues>')
    diagram = d.diagram(
        d.start(), d.node("businessRuleTask", "rule", calledDecisionId="dec"), d.script("s", "count_ = 1"), d.user("a"),
        d.end(), d.flow("start", "rule", "s", "a", "end"),
        variables=json.dumps({"kind": None, "place_": None, "days": 5, "urgent": False, "who": None, "desk": "finance",
                              "count_": 0, "unit_": None}),
        labels='{"days": "工作日数", "urgent": "加急", "who": "谁提出的", "count_": "第几次"}')
    with sessions.begin() as session:
        definitions.publish(session, "p", d.files(diagram) | {"p/d.dmn": table}, now=MONDAY)
    page = administrator.get(HERE).text
    assert re.search(r'<select[^>]* name="kind".*<option value="tax">', page, re.DOTALL)
    assert "决策表里比较的有：east" in page and '<option selected value="finance">市财政局</option>' in page
    for tag, name in (("number", "days"), ("checkbox", "urgent"), ("text", "who"), ("text", "place_")):
        assert re.search(rf'data-part="{name}"\s+data-type="{tag}', page), name
    assert 'name="count_"' not in page and 'name="unit_"' not in page
    assert begin(administrator, kind="loan", place_="east", urgent="true", who="企业").status_code == 303
    facts = re.sub(r"<[^>]+>|\s+", " ", administrator.get(HERE).text.split("这件事的情况</h2>")[1].split("</dl>")[0])
    assert "第几次 1 刚变" in re.sub(" +", " ", facts) and "工作日数" not in facts


def test_a_process_of_another_tool_may_be_called_otherwise_than_its_key(administrator, sessions):
    foreign = d.diagram(d.start(), d.user("a", due="working_days(days)"), d.end(), d.flow("start", "a", "end"),
                        id="Process_0x1", variables='{"days": 5}')
    with sessions.begin() as session:
        definitions.publish(session, "p", d.files(foreign), now=MONDAY)
    assert begin(administrator, days="2").status_code == 303
    assert "2026-03-04 23:59:59前办结" in administrator.get(HERE).text


def test_what_the_flow_waits_for_comes_before_what_may_come_beside(administrator, sessions):
    beside = d.node("startEvent", "in", d.event("message", "m_more"), attributes='isInterrupting="false"')
    wait = d.node("intermediateCatchEvent", "wait", d.event("message", "m_rated"))
    event = d.sub("s", beside, d.end("out"), d.flow("in", "out"), attributes='triggeredByEvent="true"')
    files = d.files(d.diagram(d.start(), wait, d.end(), event, d.flow("start", "wait", "end"),
                              declared=d.declare("more", "rated")))
    with sessions.begin() as session:
        definitions.publish(session, "p", files, now=MONDAY)
    administrator.submit(HERE)
    page = administrator.get(HERE).text
    assert f"{HERE}/messages/rated" in page and page.index("message=rated") < page.index("message=more")


def test_an_element_that_fails_is_named_with_its_reason(administrator, sessions):
    faulty = d.files(d.diagram(d.start(), d.script("s", "y = 1 / x"), d.end(), d.flow("start", "s", "end"),
                               variables='{"x": 0, "y": 0}'))
    with sessions.begin() as session:
        definitions.publish(session, "p", faulty, now=MONDAY)
    administrator.submit(HERE, {"x": "0"})
    page = administrator.get(HERE).text
    assert "流程停下了" in page and "停在故障上：“s”" in log(page)[0]


def test_the_diagram_shows_what_was_passed_and_where_it_stands(administrator, sessions):
    with sessions.begin() as session:
        definitions.publish_folder(session, bootstrap.CONTENT_PACK / "five-working-day-plan", now=MONDAY)
    here = "/processes/five-working-day-plan/simulate"
    assert administrator.submit(here, {"title": "t", "lead_unit": "finance", "level": "complex",
                                       "others": ""}).status_code == 303
    (drawn,) = administrator.get(f"{here}/diagram.json").json
    assert drawn["name"] == "五个工作日办理方案" and "draft_plan" in drawn["active"]
    assert {"plan_start", "set_plan_clock"} <= set(drawn["done"])


def _draft(session, files):
    who = session.scalars(select(User.id)).first()
    session.add(ProcessDraft(key="p", base_hash=None, files=files, began_at=MONDAY, began_by=who, changed_at=MONDAY,
                             changed_by=who))


def test_a_draft_is_tried_before_the_version_and_anew_when_it_has_changed(begun, sessions):
    with sessions.begin() as session:
        _draft(session, {path: text.replace('"days": 5', '"days": 2') for path, text in _files().items()})
    begun.submit(f"{HERE}/back", {"new": "1"}, on=HERE)
    assert re.search(r'<input[^>]* name="days"[^>]* value="2"', begun.get(HERE).text)
    begun.submit(HERE, {"what": "draft", "days": "2"})
    assert "2026-03-04 23:59:59前办结" in begun.get(HERE).text
    with sessions.begin() as session:
        session.execute(update(ProcessDraft).values(files=_files()))
    assert "从头再走" in begun.get(HERE).text


def test_a_draft_that_cannot_be_read_says_what_is_wrong_with_it(administrator, sessions):
    with sessions.begin() as session:
        _draft(session, {"p/p.bpmn": "<no/>"})
    answer = administrator.get(HERE)
    assert answer.status_code == 200 and "还不能走" in answer.text and "p/p.bpmn" in answer.text


def test_nothing_is_written(begun, sessions):
    with sessions() as session:
        before = row_counts(session)
    begun.submit(f"{HERE}/clock", {"to": "next"}, on=HERE)
    begun.submit(f"{HERE}/tasks/{task(begun)}", {"note": "同意"}, on=HERE)
    with sessions() as session:
        assert row_counts(session) == before
        assert session.scalars(select(Definition)).all()


def test_what_is_not_there_is_said(begun):
    assert begun.get("/processes/nothing/simulate").status_code == 404
    assert begun.get(f"{HERE}?what=0123").status_code == 404


def test_who_is_no_administrator_is_refused(officer):
    assert officer.get(HERE).status_code == 403


def test_a_task_that_is_not_open_any_more_is_told_of(begun):
    gone = task(begun)
    begun.submit(f"{HERE}/tasks/{gone}", {"note": "同意"}, on=HERE)
    answer = begun.submit(f"{HERE}/tasks/{gone}", {"note": "同意"}, on=HERE, follow_redirects=True)
    assert "这一步已经不在办" in answer.text


def test_without_a_trial_there_is_nothing_to_go_on_with(administrator, published):
    assert administrator.submit(f"{HERE}/clock", {"to": "next"}, on=HERE).status_code == 409


def _urged_every_hour():
    return d.files(d.diagram(
        d.start(), d.user("a"), d.end(), d.end("told"), d.flow("start", "a", "end"), d.flow("urge", "told"),
        d.boundary("urge", "a", d.timer("cycle", "every(hours(1))"), False)))


def test_a_trial_in_which_too_much_happens_comes_to_an_end():
    version, at = load_version("p", _urged_every_hour()), MONDAY
    trial = Simulation("p", "draft", version.hash, MONDAY, {})
    for _ in range(4):
        at += timedelta(hours=290)
        trial = trial.with_move(Move("clock", at))
    with pytest.raises(Blocked, match="发生的事太多"):
        simulation.play(trial, version, Calendar(version=0))


def test_a_trial_that_takes_too_long_comes_to_an_end(monkeypatch):
    monkeypatch.setattr(simulation, "MOST_SECONDS", 0)
    version = load_version("p", _urged_every_hour())
    trial = Simulation("p", "draft", version.hash, MONDAY, {}, (Move("clock", MONDAY + timedelta(hours=2)),))
    with pytest.raises(Blocked, match="太慢"):
        simulation.play(trial, version, Calendar(version=0))
