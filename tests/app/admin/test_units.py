"""Units in the browser."""
from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker

from app.models import Unit
from tests.app.admin.items import open_item
from tests.app.conftest import Browser


def test_a_unit_is_entered_renamed_and_put_out_of_use(administrator: Browser, sessions: sessionmaker[Session]):
    new = {"code": "culture", "name": "市文化局", "kind": "department", "parent_code": "city"}
    administrator.submit("/admin/units/new", new)
    administrator.submit("/admin/units/culture", {"name": "市文化和旅游局", "kind": "department", "parent_code": ""})
    administrator.submit("/admin/units/culture/use", {"active": "no"}, on="/admin/units")
    with sessions() as session:
        unit = session.get_one(Unit, "culture")
    assert (unit.name, unit.parent_code, unit.active) == ("市文化和旅游局", None, False)


def test_a_code_that_is_taken_or_malformed_is_refused_at_its_field(administrator: Browser):
    form = {"name": "又一个", "kind": "department"}
    taken = administrator.submit("/admin/units/new", {**form, "code": "finance"})
    assert taken.status_code == 422 and "代码“finance”已经有单位在用" in taken.text
    assert "只能用小写字母" in administrator.submit("/admin/units/new", {**form, "code": "New Unit"}).text


def test_a_unit_cannot_stand_below_itself(administrator: Browser):
    refused = administrator.submit("/admin/units/city", {"name": "市政府", "kind": "city", "parent_code": "finance"})
    assert refused.status_code == 422 and "上级单位不能是它自己或它的下级" in refused.text


def test_a_unit_with_open_tasks_stays_in_use(administrator: Browser, sessions: sessionmaker[Session]):
    open_item(sessions, "finance", "clerk")
    refused = administrator.submit("/admin/units/finance/use", {"active": "no"}, on="/admin/units")
    assert refused.status_code == 409 and "还有1件没有办完的事项" in refused.text


def test_the_list_counts_people_and_tasks_and_is_filtered(administrator: Browser, add_user: Callable[..., int],
                                                          sessions: sessionmaker[Session]):
    add_user("finance.clerk", ("finance", "clerk"), ("finance", "head"))
    add_user("finance.gone", ("finance", "clerk"), disabled=True)
    open_item(sessions, "finance", "clerk")
    page = administrator.get("/admin/units?q=财政&kind=department&active=yes").text
    assert page.count("<tr") == 2, "the heading and one unit"
    assert '<a href="/admin/users?unit=finance">1</a>' in page and 'data-label="待办">1</td>' in page
    assert "没有符合条件的单位" in administrator.get("/admin/units?q=nothing").text
