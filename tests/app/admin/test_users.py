"""Users in the browser: entering, posts, passwords, disabling, and what may not be left behind."""
from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.auth import service
from app.models import Post, User
from tests.app.admin.items import open_item
from tests.app.conftest import Browser

NEW = {"username": "Finance.Zhang", "name": "张三", "unit": "finance", "position": "clerk", "email": "", "phone": ""}
SECRET = re.compile(r'id="password"[^>]*>([^<]+)<')


def test_a_new_user_signs_in_with_the_password_that_was_shown_once(app: Flask, guardian: Browser):
    shown = SECRET.search(guardian.submit("/admin/users/new", NEW).text)
    assert shown
    assert not SECRET.search(guardian.get("/admin/users").text)
    newcomer = app.test_client()
    assert isinstance(newcomer, Browser)
    assert newcomer.sign_in("finance.zhang", shown[1]).location == "/account/password"


def test_a_name_that_is_taken_is_refused_at_its_field(guardian: Browser, add_user: Callable[..., int]):
    add_user("finance.zhang")
    refused = guardian.submit("/admin/users/new", NEW)
    assert refused.status_code == 422 and "已经有人在用" in refused.text


def test_a_reset_password_ends_sessions_and_has_to_be_changed(app: Flask, guardian: Browser,
                                                              add_user: Callable[..., int]):
    user_id, open_browser = add_user("finance.clerk", ("finance", "clerk")), _signed_in(app, "finance.clerk")
    shown = SECRET.search(
        guardian.submit(f"/admin/users/{user_id}/password", on=f"/admin/users/{user_id}").text)
    assert shown
    assert open_browser.get("/account").status_code == 302
    assert open_browser.sign_in("finance.clerk", shown[1]).location == "/account/password"


def test_a_disabled_user_is_out_at_once_and_comes_back_when_enabled(app: Flask, guardian: Browser,
                                                                    add_user: Callable[..., int]):
    user_id, open_browser = add_user("finance.clerk", ("finance", "clerk")), _signed_in(app, "finance.clerk")
    _use(guardian, user_id, "no")
    assert open_browser.get("/account").status_code == 302
    assert open_browser.sign_in("finance.clerk").status_code == 422
    _use(guardian, user_id, "yes")
    assert open_browser.sign_in("finance.clerk").status_code == 302


def test_disabling_warns_of_tasks_that_stay_behind(guardian: Browser, add_user: Callable[..., int],
                                                   sessions: sessionmaker[Session]):
    user_id = add_user("finance.clerk", ("finance", "clerk"), name="李思源")
    open_item(sessions, "finance", "clerk")
    open_item(sessions, "finance", "clerk", user_id)
    page = _use(guardian, user_id, "no")
    assert "还有1件待办在李思源名下" in page
    assert "市财政局的经办人已经没有人，还有1件待办等人办理" in page


def test_posts_are_added_once_and_taken_away(guardian: Browser, add_user: Callable[..., int],
                                             sessions: sessionmaker[Session]):
    user_id = add_user("finance.clerk", ("finance", "clerk"))
    page = f"/admin/users/{user_id}"
    guardian.submit(f"{page}/posts", {"unit": "drc", "position": "head"}, on=page)
    again = guardian.submit(f"{page}/posts", {"unit": "drc", "position": "head"}, on=page)
    assert again.status_code == 409 and "已经是市发展和改革委员会的负责人" in again.text
    with sessions() as session:
        first = session.scalars(select(Post.id).where(Post.user_id == user_id).order_by(Post.id)).first()
    guardian.submit(f"{page}/posts/{first}/remove", on=page)
    with sessions() as session:
        assert [(post.unit_code, post.position_code) for post in session.get_one(User, user_id).posts] == [
            ("drc", "head")]


@pytest.mark.parametrize(("username", "name"), [("admin", "系统管理员"), ("security", "安全管理员")])
def test_the_last_of_each_kind_stays(guardian: Browser, add_user: Callable[..., int],
                                     sessions: sessionmaker[Session], username: str, name: str):
    add_user("admin", ("city", "admin"))
    with sessions() as session:
        admin = service.find(session, username)
        assert admin is not None
        page, post_id = f"/admin/users/{admin.id}", admin.posts[0].id
    assert f"这是最后一位{name}" in guardian.submit(f"{page}/use", {"active": "no"}, on=page).text
    assert f"这是最后一位{name}" in guardian.submit(f"{page}/posts/{post_id}/remove", on=page).text


def test_a_persons_facts_are_changed(guardian: Browser, add_user: Callable[..., int]):
    page = f"/admin/users/{add_user('finance.clerk')}"
    wrong = guardian.submit(page, {"name": "", "email": "no mail", "phone": ""})
    assert wrong.status_code == 422 and "请填写姓名" in wrong.text and "邮箱格式不对" in wrong.text
    guardian.submit(page, {"name": "李四", "email": "li@example.com", "phone": "0477-8580000"})
    assert "li@example.com" in guardian.get(page).text


def test_the_list_is_filtered_and_paged(guardian: Browser, add_user: Callable[..., int]):
    for number in range(55):
        add_user(f"clerk.{number:02}", ("finance", "clerk"))
    add_user("off", ("finance", "clerk"), disabled=True)
    first = guardian.get("/admin/users?unit=finance&state=active").text
    assert "共55条，第1/2页" in first and "clerk.49" in first and "clerk.50" not in first
    assert "clerk.54" in guardian.get("/admin/users?unit=finance&state=active&page=2").text
    assert "off" in guardian.get("/admin/users?state=disabled").text
    assert "没有符合条件的用户" in guardian.get("/admin/users?q=100%25").text


def test_an_unknown_user_is_not_found(guardian: Browser):
    assert guardian.get("/admin/users/999").status_code == 404


def _signed_in(app: Flask, username: str) -> Browser:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.sign_in(username)
    return browser


def _use(guardian: Browser, user_id: int, active: str) -> str:
    page = f"/admin/users/{user_id}"
    return guardian.submit(f"{page}/use", {"active": active}, on=page, follow_redirects=True).text
