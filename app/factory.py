"""Makes the web application from settings and a clock."""
from __future__ import annotations

from typing import cast

from flask import Flask, Response, redirect, request, url_for
from flask_babel import Babel, get_babel, get_locale
from flask_login import current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from app import assets, errors, health, logs, observed, presentation, security, web
from app.admin.views import blueprint as admin
from app.audit.views import blueprint as audit
from app.auth import sessions
from app.auth.identity import login_manager
from app.auth.views import blueprint as auth
from app.board.views import blueprint as board
from app.bootstrap import engine_of
from app.clock import Clock
from app.db import make_session_factory
from app.inbox.views import blueprint as inbox
from app.issues.views import blueprint as issues
from app.measures.views import blueprint as measures
from app.meetings.views import blueprint as meetings
from app.mining.views import blueprint as mining
from app.modeler.views import blueprint as modeler
from app.navigation import menu, own_posts
from app.permissions import looks_only, public, sees_issues, sees_readings
from app.portal.views import blueprint as portal
from app.reads import noting
from app.reads.views import blueprint as reads
from app.settings import DEMO_PASSWORD, Settings
from app.walk import views as demo_walk

BLUEPRINTS = (auth, inbox, issues, board, meetings, measures, mining, portal, admin, modeler, audit, reads)
SOURCE_LOCALE = "zh_Hans_CN"
"""the language of the sources; every other one is a folder of app/translations with a compiled catalogue"""
MAX_REQUEST = 240 * 1024 * 1024
"""bytes of the largest form with its files; routes without files are bounded by Flask's limit of form memory"""


def create_app(settings: Settings, clock: Clock) -> Flask:
    """The application. It opens no connection before the first request, so that it can be made before a fork."""
    logs.configure()
    app = Flask("app")
    app.config.update(
        SECRET_KEY=settings.secret_key, SESSION_COOKIE_NAME=_cookie_name(settings),
        SESSION_COOKIE_SECURE=settings.secure_cookies, MAX_CONTENT_LENGTH=MAX_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,  # a form lives as long as its session
        BABEL_DEFAULT_LOCALE=SOURCE_LOCALE, BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    engine = engine_of(settings)
    app.extensions["zhuqi"] = web.Services(settings, engine, make_session_factory(engine), clock)
    observed.init_app(app)
    web.init_app(app)
    sessions.init_app(app)
    security.init_app(app)
    CSRFProtect(app)
    login_manager.init_app(app)
    Babel(app, locale_selector=_locale)
    presentation.init_app(app)
    errors.init_app(app)
    assets.init_app(app)
    app.context_processor(lambda: {"menu": menu, "own_posts": own_posts, "demo": settings.demo,
                                   "language": lambda: str(get_locale()).replace("_", "-"),
                                   "demo_password": DEMO_PASSWORD if settings.demo else None, "actor": web.actor,
                                   "looks_only": looks_only, "sees_issues": sees_issues,
                                   "sees_readings": sees_readings})
    noting.init_app(app)
    web.finish_first(app)
    sessions.save_along(app)
    _routes(app)
    if settings.demo:
        demo_walk.init_app(app)
    return app


def _cookie_name(settings: Settings) -> str:
    """The prefix makes browsers refuse a cookie that a neighbouring host has planted."""
    return "__Host-zhuqi" if settings.secure_cookies else "zhuqi"


def _locale() -> str:
    """What the browser likes best among the languages that there are, by their first part: "zh-CN" is "zh"."""
    found = {str(locale).split("_")[0]: str(locale) for locale in get_babel().instance.list_translations()}
    found["zh"] = SOURCE_LOCALE
    return found[request.accept_languages.best_match(list(found), default="zh") or "zh"]


def _routes(app: Flask) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "home", public(home))
    health.init_app(app)


def home() -> Response:
    """Officers to their inbox, who has none to the first page that is theirs; whoever is not signed in to the
    enterprise's page."""
    if not current_user.is_authenticated:
        return cast(Response, redirect(url_for("portal.trouble")))
    pages = [entry.endpoint for _, entries in menu() for entry in entries]
    return cast(Response, redirect(url_for(pages[0] if pages else "auth.account")))
