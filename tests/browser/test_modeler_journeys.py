"""What administrators change in Chromium and what becomes of cases: one journey each, from the editor to an inbox."""
from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.actor import ENTERPRISE
from app.cases import definitions
from app.issues.registration import PROCESS, register
from app.models import Issue, Post, ProcessDraft, User, WorkItem
from tests.app.issues import lives
from tests.app.issues.conftest import a_report
from tests.browser.helpers import assert_accessible, look_at, screenshot, sign_in
from tests.browser.live import Live
from tests.browser.people import Officer
from tests.conftest import MONDAY
from tests.sizes import sized, tell
from workflows.calendar import CITY_ZONE

pytestmark = pytest.mark.usefixtures("nothing_broken")
MAIN = f"{PROCESS}/{PROCESS}.bpmn"
PLAN = "five-working-day-plan/five-working-day-plan.bpmn"
DAYS = "制定方案的工作日数"
COMPLEX = tuple((name, {**answers, "level": "complex"} if name == "judge" else answers)
                for name, answers in lives.GENERAL)


@dataclass
class Administrators:
    """Two of them at browsers of their own: one changes, the other looks at it and agrees."""
    live: Live
    page: Page
    second: Page

    def opens_the_editor(self, file: str = "") -> None:
        self.page.goto(f"/processes/{PROCESS}")
        self.page.get_by_role("button", name="修改流程").click()
        self.page.wait_for_selector("html[data-modeler-ready]")
        if file:
            self.page.goto(f"/processes/{PROCESS}/edit?file={PROCESS}/{file}")
            self.page.wait_for_selector("html[data-modeler-ready]")

    def sets(self, parameter: str, value: str) -> None:
        with self.page.expect_response(lambda answer: "/edit/problems" in answer.url):
            self.page.get_by_label(parameter).fill(value)
            self.page.get_by_label(parameter).press("Tab")

    def publish(self, note: str, *told: str) -> None:
        """From the editor: reads what differs, proposes; the other one agrees."""
        self.page.get_by_role("link", name="发布草稿").click()
        for text in told:
            expect(self.page.get_by_role("main")).to_contain_text(text)
        self.propose(note)

    def propose(self, note: str) -> None:
        self.page.get_by_label("改了什么、为什么").fill(note)
        self.page.get_by_role("button", name="提交").click()
        expect(self.page.get_by_text(re.compile("等其中一位同意：.*苏日娜"))).to_be_visible()
        self.second.goto("/processes/")
        self.second.get_by_role("link", name=note).click()
        self.second.get_by_role("button", name="同意", exact=True).click()
        expect(self.second.get_by_text("已经生效。")).to_be_visible()

    def new_case(self, title: str, until: str, steps: Any = COMPLEX) -> None:
        with self.live.sessions.begin() as session:
            calendar = self.live.calendar()
            issue, _ = register(session, a_report(title=title), ENTERPRISE, MONDAY, calendar)
            if until:
                lives.live(session, issue, until, now=MONDAY, calendar=calendar, steps=steps)

    def due(self, title: str) -> str:
        """The day by which the plan of a case is to be drafted."""
        with self.live.sessions() as session:
            at = session.scalars(select(WorkItem.due_at).join(Issue, Issue.id == WorkItem.issue_id).where(
                Issue.title == title, WorkItem.element_id == "draft_plan")).one()
            assert at is not None
            return f"{at.astimezone(CITY_ZONE):%m-%d}"


@pytest.fixture
def administrators(live: Live, open_browser: Callable[[], Page]) -> Administrators:
    with live.sessions.begin() as session:
        admin = session.scalars(select(User).where(User.username == "admin")).one()
        session.add(User(username="admin2", name="苏日娜", password_hash=admin.password_hash, created_at=MONDAY,
                         must_change_password=False, posts=[Post(unit_code="city", position_code="admin")]))
    return Administrators(live, sign_in(open_browser(), "admin"), sign_in(open_browser(), "admin2"))


def test_a_new_case_takes_three_days_and_an_old_one_keeps_five(administrators: Administrators) -> None:
    administrators.new_case("旧的一件", "accept_assignment")
    administrators.opens_the_editor()
    administrators.sets(DAYS, "3")
    expect(administrators.page.get_by_text("没有发现问题")).to_be_visible()
    administrators.publish("方案改为3个工作日", f"参数「{DAYS}」由 5 改为 3", "要两个人")
    administrators.new_case("新的一件", "accept_assignment")
    assert (administrators.due("旧的一件"), administrators.due("新的一件")) == ("03-09", "03-05")
    page = administrators.page
    page.goto(f"/processes/{PROCESS}")
    expect(page.get_by_text("在办2件，其中1件不在当前版本上。")).to_be_visible()
    look_at(page, "modeler-process")


def test_a_step_is_added_with_a_form_and_a_position_of_its_own(
        administrators: Administrators, officer: Callable[[str], Officer]) -> None:
    administrators.opens_the_editor()
    page = administrators.page
    page.locator("summary", has_text="表单").click()
    page.get_by_label("新建表单，名称").fill("现场核查")
    page.get_by_role("button", name="新建").last.click()
    page.get_by_label("要添加的").select_option(label="打勾")
    page.get_by_role("button", name="添加").click()
    page.get_by_label("问题", exact=True).fill("已到现场核实")
    page.get_by_label("问题", exact=True).press("Tab")
    expect(page.get_by_label("办理人看到的样子").get_by_text("已到现场核实")).to_be_visible()
    page.get_by_role("link", name="企业反映困难问题办理").first.click()
    page.wait_for_selector(".djs-palette")
    flow = page.locator('[data-element-id="flow_submit_judging__judge"]')
    place = flow.bounding_box()
    lane = page.locator('[data-element-id="judge"]').bounding_box()
    assert place and lane
    page.locator('.djs-palette [data-action="create.task"]').click()
    page.mouse.move(place["x"] - 50, place["y"] + 30)
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    page.keyboard.type("现场核查")
    page.locator(".modeler-panel .prop-kind").click()
    page.get_by_label("表单", exact=True).select_option(label="现场核查")
    shape = page.locator(".djs-shape.selected").bounding_box()
    assert shape
    page.mouse.move(shape["x"] + 20, shape["y"] + 20)
    page.mouse.down()
    page.mouse.move(shape["x"] - 100, lane["y"] + 30, steps=6)
    page.mouse.move(lane["x"] - 120, lane["y"] + 20, steps=4)
    with page.expect_response(lambda answer: "/edit/problems" in answer.url):
        page.mouse.up()
    expect(page.get_by_text("没有发现问题")).to_be_visible()
    administrators.publish("研判前先到现场核查", "新增步骤「现场核查」")
    administrators.new_case("去看看", "sort")
    with administrators.live.sessions() as session:
        (held,) = session.scalars(select(WorkItem.position_code).where(WorkItem.name == "现场核查"))
    assert held == "judge"  # it was drawn in the lane of who collects and dragged from there
    office = officer("dongsheng.office")
    office.opens("现场核查")
    office.ticks("已到现场核实")
    office.finishes()
    office.stands_at("研判")


def test_another_unit_in_the_table_gets_the_next_case(
        administrators: Administrators, officer: Callable[[str], Officer]) -> None:
    administrators.opens_the_editor("routing.dmn")
    page = administrators.page
    cell = page.locator("td[data-col-id=routing_output_1]").nth(2)
    expect(cell).to_have_text('"fin_office"')
    cell.click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type('"finance"')
    page.locator(".decision-table-name, .dmn-decision-table-container").first.click(position={"x": 2, "y": 2})
    expect(page.get_by_text("没有发现问题")).to_be_visible()
    expect(page.get_by_role("button", name="撤销")).to_be_enabled()
    administrators.publish("融资的一般问题改由财政局办", "市人民政府金融工作办公室", "市财政局")
    city = tuple((name, {**answers, "scope_place": "city"} if name == "judge" else answers)
                 for name, answers in lives.GENERAL)
    administrators.new_case("贷款到期", "dispatch", city)
    officer("finance.clerk").has("受理")
    officer("fin_office.clerk").has_nothing_left()


def test_a_broken_promise_is_told_while_drawing_and_needs_a_reason_and_two_people(
        administrators: Administrators) -> None:
    administrators.opens_the_editor()
    administrators.sets(DAYS, "7")
    page = administrators.page
    broken = page.locator("[data-modeler-broken]")
    expect(broken).to_contain_text("违反政策规则1条")
    expect(broken).to_contain_text("C3 复杂问题5个工作日内制定办理方案")
    expect(page.get_by_text("没有发现问题")).to_be_hidden()
    assert_accessible(page)
    broken.get_by_role("link", name="第五个工作日结束").click()
    expect(page.get_by_label("名称", exact=True)).to_have_value("第五个工作日结束")
    page.get_by_role("link", name="发布草稿").click()
    page.get_by_label("改了什么、为什么").fill("方案放宽到7个工作日")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("请写明理由").first).to_be_visible()
    page.get_by_label("违反政策规则的理由").fill("市里同意试行到年底")
    administrators.propose("方案放宽到7个工作日")
    expect(administrators.second.get_by_text("市里同意试行到年底")).to_be_visible()


def test_the_way_on_which_a_promise_breaks_is_shown_on_the_diagram(administrators: Administrators) -> None:
    with administrators.live.sessions.begin() as session:
        current = definitions.current(session, PROCESS)
        assert current is not None
        files = {**current.files, MAIN: current.files[MAIN].replace(">rework<", '>rework and level == "special"<')}
        who = session.scalars(select(User.id)).first() or 0
        session.add(ProcessDraft(key=PROCESS, base_hash=current.hash, files=files, began_at=MONDAY, began_by=who,
                                 changed_at=MONDAY, changed_by=who))
    page = administrators.page
    page.goto(f"/processes/{PROCESS}/edit?file={PLAN}")
    page.wait_for_selector("html[data-modeler-ready]")
    broken = page.locator("[data-modeler-broken]")
    expect(broken).to_contain_text("C6 重办的答复还要经督办审看")
    broken.get_by_role("link").first.click()
    page.wait_for_selector("html[data-modeler-ready]")
    expect(page.locator(".djs-shape.is-on-way").first).to_be_attached()
    expect(page.locator('[data-element-id="draft_reply"].is-on-way')).to_be_attached()
    expect(page.locator('[data-element-id="handling"].is-on-way')).to_have_count(0)
    expect(broken).to_be_visible()
    screenshot(page, "modeler-way")


def test_running_cases_are_moved_and_the_version_is_taken_back(administrators: Administrators) -> None:
    count = sized(12, 50)
    for number in range(count):
        administrators.new_case(f"第{number + 1}件", "accept_assignment")
    administrators.live.clock.advance(hours=3)
    with administrators.live.sessions.begin() as session:
        old = definitions.current(session, PROCESS)
        assert old is not None
        assert 'name="due" value="plan_due_at"' in old.files[PLAN]
        files = {**old.files, PLAN: old.files[PLAN].replace('name="due" value="plan_due_at"',
                                                            'name="due" value="working_days(3)"')}
        definitions.publish(session, PROCESS, files, now=administrators.live.clock())
    page = administrators.page
    page.clock.set_fixed_time(administrators.live.clock())
    page.goto(f"/processes/{PROCESS}")
    page.get_by_role("link", name="移动在办事项").click()
    page.get_by_role("link", name="试算一次移动").first.click()
    expect(page.get_by_text(f"能直接移 {count} 件")).to_be_visible()
    page.get_by_label("为什么移动").fill("一律按3个工作日")
    page.get_by_role("button", name="开始移动").click()
    administrators.live.work()
    expect(page.get_by_role("link", name=f"已移 {count}")).to_be_visible()
    assert {administrators.due(f"第{number + 1}件") for number in range(count)} == {"03-05"}
    tell(f"moved in Chromium's journey: {count} cases, all with the new limit")
    administrators.live.clock.advance(minutes=1)
    page.goto(f"/processes/{PROCESS}")
    page.get_by_role("link", name="回到这一版").click()
    expect(page.get_by_text("步骤「起草办理方案」的时限由 working_days(3) 改为 plan_due_at")).to_be_visible()
    administrators.propose("试行结束")
    administrators.new_case("回来以后", "accept_assignment")
    assert (administrators.due("回来以后"), administrators.due("第1件")) == ("03-09", "03-05")

