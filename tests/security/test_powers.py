"""The three administrators: who gives whom which power, what one alone cannot do, and the log that the others see."""
from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from app.actor import load_actor
from app.admin import agreements
from app.admin.errors import AdminRefused
from app.models import AdminAct, Post, User
from app.permissions import MARK, Permission
from app.powers import acts, check, log, rules
from tests.app.conftest import PASSWORD, Browser, another_browser
from tests.conftest import MONDAY, FixedClock

SHOWN = re.compile(r'id="password"[^>]*>([^<]+)<')
ADMINISTRATION = {Permission.OWN_ACCOUNT, Permission.MANAGE_ORGANISATION, Permission.MANAGE_USERS, Permission.AGREE,
                  Permission.ERASE, Permission.SEE_ADMINISTRATION, Permission.MANAGE_CASES, Permission.SEE_PROCESSES,
                  Permission.EDIT_PROCESSES}
NEW = {"username": "wu.lan", "name": "乌兰", "unit": "city", "position": "admin", "email": "", "phone": ""}


def shown(page: str) -> str:
    found = SHOWN.search(page)
    assert found
    return found[1]


def ask(guardian: Browser, address: str, data: dict[str, str] | None = None, on: str | None = None) -> str:
    """Presses a button of a security administrator; gives the half of the password that is shown."""
    return shown(guardian.submit(address, data, on=on).text)


def agree(administrator: Browser, number: int = 1) -> str:
    return administrator.submit(f"/admin/agreements/{number}/agree", on="/admin/agreements").text


def enters(app: Flask, username: str, password: str) -> bool:
    client = app.test_client()
    assert isinstance(client, Browser)
    return client.sign_in(username, password).status_code == 302


def test_a_new_administrator_gets_one_half_of_the_password_from_each_of_two(
        app: Flask, guardian: Browser, administrator: Browser, sessions: sessionmaker[Session]):
    first = ask(guardian, "/admin/users/new", NEW)
    with sessions() as session:
        assert session.scalars(select(User).where(User.username == "wu.lan")).one().posts == []
    second = shown(agree(administrator))
    assert not any(enters(app, "wu.lan", half) for half in (first, second, "!", ""))
    newcomer = another_browser(app, "wu.lan", f"{first}-{second}")
    assert newcomer.get("/").location == "/account/password" or newcomer.get("/inbox").location == "/account/password"
    with sessions() as session:
        posts = session.scalars(select(User).where(User.username == "wu.lan")).one().posts
    assert [post.position_code for post in posts] == ["admin"]


@pytest.mark.parametrize("position", list(rules.THREE))
def test_an_account_that_its_maker_can_enter_is_shut_to_them_before_it_gets_power(
        app: Flask, guardian: Browser, administrator: Browser, position: str):
    password = shown(guardian.submit("/admin/users/new", NEW | {"position": "clerk" if position != "auditor" else
                                                                "auditor"}).text)
    if position == "auditor":
        agree(administrator)
        assert not enters(app, "wu.lan", password)
        return
    mine = another_browser(app, "wu.lan", password)
    ask(guardian, "/admin/users/3/posts", {"unit": "city", "position": position}, "/admin/users/3")
    agree(administrator)
    assert not enters(app, "wu.lan", password)
    assert mine.get("/account").location.startswith("/login")


def test_who_asked_cannot_agree_and_neither_can_the_auditor(guardian: Browser, auditor: Browser,
                                                            administrator: Browser):
    ask(guardian, "/admin/users/new", NEW)
    for browser in (guardian, auditor):
        page = browser.get("/admin/agreements").text
        assert "乌兰" in page and "/agree\"" not in page
        assert browser.submit("/admin/agreements/1/agree", on="/account").status_code == 403
    assert "/admin/agreements/1/agree" in administrator.get("/admin/agreements").text


def test_of_ones_own_account_somebody_else_decides(guardian: Browser, administrator: Browser, app: Flask,
                                                   add_user: Callable[..., int], sessions: sessionmaker[Session]):
    with sessions() as session:
        ids = dict(session.execute(select(User.username, User.id)).all())
    page = f"/admin/users/{ids['security']}"
    for address, data in ((f"{page}/posts", {"unit": "finance", "position": "clerk"}),
                          (f"{page}/posts", {"unit": "city", "position": "admin"}), (f"{page}/password", {}),
                          (f"{page}/second", {})):
        answer = guardian.submit(address, data, on="/account")
        assert answer.status_code == 409 and ("不能给自己" in answer.text or "自己的管理员账号" in answer.text), address
    target = f"/admin/users/{ids['admin']}"
    guardian.submit(f"{target}/password", on=target)
    refused = administrator.submit("/admin/agreements/1/agree", on="/account")
    assert refused.status_code == 409 and "不能是申请人或本人" in refused.text
    add_user("admin.two", ("city", "admin"))
    assert "后一半" in agree(another_browser(app, "admin.two"))


@pytest.mark.parametrize("act", ["password", "second"])
def test_an_administrators_way_in_stays_until_another_agrees(
        app: Flask, guardian: Browser, administrator: Browser, add_user: Callable[..., int],
        sessions: sessionmaker[Session], act: str):
    user_id = add_user("auditor", ("city", "auditor"), totp_secret="JBSWY3DPEHPK3PXP")
    inside = another_browser(app, "auditor")
    guardian.submit(f"/admin/users/{user_id}/{act}", on=f"/admin/users/{user_id}")
    assert inside.get("/account").status_code == 200 and enters(app, "auditor", PASSWORD)
    assert "正在等系统管理员同意" in guardian.submit(f"/admin/users/{user_id}/{act}", on=f"/admin/users/{user_id}").text
    agree(administrator)
    assert inside.get("/account").status_code == 302
    assert enters(app, "auditor", PASSWORD) == (act == "second")
    with sessions() as session:
        assert (session.get_one(User, user_id).totp_secret is None) == (act == "second")


def test_a_disabled_administrator_comes_back_when_another_agrees(
        app: Flask, guardian: Browser, administrator: Browser, add_user: Callable[..., int]):
    user_id = add_user("admin.two", ("city", "admin"))
    for active in ("no", "yes"):
        guardian.submit(f"/admin/users/{user_id}/use", {"active": active}, on=f"/admin/users/{user_id}")
        assert not enters(app, "admin.two", PASSWORD)
    agree(administrator)
    assert enters(app, "admin.two", PASSWORD)


def test_what_was_refused_withdrawn_or_left_has_no_effect(guardian: Browser, administrator: Browser,
                                                          clock: FixedClock, sessions: sessionmaker[Session]):
    ask(guardian, "/admin/users/new", NEW)
    post = {"unit": "city", "position": "admin"}
    administrator.submit("/admin/agreements/1/refuse", on="/admin/agreements")
    ask(guardian, "/admin/users/3/posts", post, "/admin/users/3")
    guardian.submit("/admin/agreements/2/withdraw", on="/admin/agreements")
    ask(guardian, "/admin/users/3/posts", post, "/admin/users/3")
    for number in (1, 2):
        assert "已经有了结果" in administrator.submit(f"/admin/agreements/{number}/agree", on="/account").text
    clock.advance(days=8)
    administrator.sign_in("admin")
    assert "已经过了7天" in administrator.submit("/admin/agreements/3/agree", on="/account").text
    with sessions() as session:
        assert session.scalars(select(User).where(User.username == "wu.lan")).one().posts == []
    page = administrator.get("/admin/agreements?decided=1").text
    assert all(word in page for word in ("没有同意", "已撤回", "过期"))


def test_of_two_who_decide_at_once_one_wins(session: Session, make_user: Callable[..., User]):
    people = [make_user(name, ("city", position)) for name, position in (
        ("s", "security"), ("a", "admin"), ("b", "admin"))]
    guard, one, other = (load_actor(session, user, MONDAY) for user in people)
    asked = agreements.ask(session, "post", make_user("new"), "half", actor=guard, now=MONDAY, unit="city",
                           position="admin")
    agreements.agree(session, asked.id, "!", actor=one, now=MONDAY)
    with pytest.raises(AdminRefused, match="已经有了结果"):
        agreements.agree(session, asked.id, "!", actor=other, now=MONDAY)


@pytest.mark.parametrize(("held", "wanted"), [("admin", "security"), ("security", "auditor"), ("auditor", "admin"),
                                              ("auditor", "clerk"), ("clerk", "auditor")])
def test_nobody_holds_what_one_person_may_not_hold_together(guardian: Browser, add_user: Callable[..., int],
                                                            sessions: sessionmaker[Session], held: str, wanted: str):
    user_id = add_user("somebody", ("city", held))
    page = f"/admin/users/{user_id}"
    refused = guardian.submit(f"{page}/posts", {"unit": "city", "position": wanted}, on=page)
    assert refused.status_code == 409 and ("同一个人" in refused.text or "不能兼任" in refused.text)
    with sessions.begin() as session:
        assert list(check.broken(session)) == []
        session.add(Post(user_id=user_id, unit_code="city", position_code=wanted))
        session.flush()
        session.expire_all()
        told = list(check.broken(session))
    assert len(told) == 1 and told[0].startswith("somebody：")


def test_a_file_makes_nobody_an_administrator(guardian: Browser, add_user: Callable[..., int]):
    add_user("auditor", ("city", "auditor"), name="钱守正")
    lines = [["wu.lan", "乌兰", "city", "admin", "", ""], ["security", "沙日娜", "finance", "clerk", "", ""],
             ["auditor", "钱守正", "finance", "clerk", "", ""]]
    for line in lines:
        data = {"lines": str([line]).replace("'", '"')}
        answer = guardian.submit("/admin/users/import/apply", data, on="/admin/users/import")
        assert answer.status_code == 409, line


def test_no_administrator_is_stood_in_for(guardian: Browser, add_user: Callable[..., int]):
    boss, clerk = add_user("auditor", ("city", "auditor")), add_user("clerk", ("finance", "clerk"))
    for user, stand_in in ((boss, clerk), (clerk, boss)):
        page = guardian.submit("/admin/absences", {"user": str(user), "stand_in": str(stand_in),
                                                   "first_day": "2026-03-02", "last_day": "2026-03-03"})
        assert "管理员不能由别人代办" in page.text


def test_every_changing_route_of_administration_is_named_in_the_log_or_needs_no_entry(app: Flask):
    changing = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())
                and getattr(app.view_functions[rule.endpoint], MARK, None) in ADMINISTRATION}
    events = {word for word in acts.WORDS if word not in app.view_functions}
    assert changing == (set(acts.WORDS) - events) | acts.QUIET
    assert events == {acts.SIGNED_IN, acts.SIGNED_OUT, acts.FAILED, acts.ENROLLED, acts.CREATED_BY_COMMAND,
                      acts.FACTOR_BY_COMMAND}


def test_each_sees_what_the_others_did_and_what_it_changed(guardian: Browser, administrator: Browser,
                                                           auditor: Browser, add_user: Callable[..., int]):
    page = f"/admin/users/{add_user('finance.clerk', ('finance', 'clerk'), name='李思源')}"
    guardian.submit(page, {"name": "李四", "email": "li@example.com", "phone": ""}, on=page)
    administrator.submit("/admin/units/finance", {"name": "市财政和国资局", "kind": "department",
                                                  "parent_code": "city"})
    auditor.submit("/logout", on="/account")
    auditor.sign_in("auditor", "not the password")
    auditor.sign_in("auditor")
    for browser in (administrator, guardian, auditor):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", browser.get("/admin/log").text))
        assert "李四 (finance.clerk)" in text and "李思源 → 李四" in text and "市财政局 → 市财政和国资局" in text
        assert all(word in text for word in ("登录失败：密码或验证码不对", "退出登录", "127.0.0.1"))
    only = auditor.get("/admin/log?position=security&q=李四&first=2026-03-02&last=2026-03-02").text
    assert "共1条" in only
    assert "没有符合条件的记录" in auditor.get("/admin/log?last=2026-03-01").text


def test_what_waits_for_agreement_says_so_in_the_log(guardian: Browser, auditor: Browser, administrator: Browser):
    ask(guardian, "/admin/users/new", NEW)
    agree(administrator)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", auditor.get("/admin/log").text))
    assert "岗位：鄂尔多斯市人民政府系统管理员" in text and "状态：等待同意" in text
    assert "乌兰：担任鄂尔多斯市人民政府的系统管理员" in text and "等待同意 → 已同意" in text


def test_what_was_refused_leaves_no_entry(administrator: Browser, sessions: sessionmaker[Session]):
    administrator.submit("/admin/units/finance/use", {"active": "no"}, on="/admin/units")
    before = _entries(sessions)
    administrator.submit("/admin/units/city", {"name": "", "kind": "city"})
    administrator.submit("/admin/mail/99/again", on="/account")
    assert _entries(sessions) == before


def _entries(sessions: sessionmaker[Session]) -> list[str]:
    with sessions() as session:
        return list(session.scalars(select(AdminAct.op).order_by(AdminAct.seq)))


TAMPERINGS = {
    "changed": update(AdminAct).where(AdminAct.seq == 3).values(subject="别人"),
    "another time": update(AdminAct).where(AdminAct.seq == 3).values(at=MONDAY.replace(hour=5)),
    "left out": delete(AdminAct).where(AdminAct.seq == 3),
    "the first ones left out": delete(AdminAct).where(AdminAct.seq < 3),
    "the last ones left out": delete(AdminAct).where(AdminAct.seq > 3),
    "moved": update(AdminAct).where(AdminAct.seq == 5).values(seq=9),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_log_that_was_tampered_with_is_found(session: Session, tampering: str):
    for number in range(5):
        log.append(session, log.Act("admin.units_new", "新建单位", f"第{number}个", {}, {"日": MONDAY.date()}), MONDAY)
    session.expire_all()
    assert list(log.faults(session)) == []
    session.execute(TAMPERINGS[tampering], execution_options={"synchronize_session": False})
    session.expire_all()
    assert list(check.broken(session)) != []
