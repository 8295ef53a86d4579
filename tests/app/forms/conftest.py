"""A form with most types, and the application around it that its page needs."""
from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask_babel import Babel

from app.forms import build
from workflows.calendar import Calendar
from workflows.forms import parse_form

OPTIONS = {"units": [("tax", "税务局"), ("land", "自然资源局")], "attachments": [(7, "合同.pdf"), (8, "旧.pdf")]}
SPEC = parse_form(json.dumps({"type": "default", "id": "handle", "components": [
    {"type": "text", "text": "**注意**\n\n- <一>\n- 二"},
    {"type": "radio", "key": "accept", "label": "是否接收", "validate": {"required": True},
     "values": [{"value": True, "label": "接收"}, {"value": False, "label": "退回"}]},
    {"type": "textarea", "key": "reason", "label": "退回理由", "description": "会显示给交办单位",
     "properties": {"showPolicy": "C5"}, "validate": {"required": True}, "conditional": {"hide": "=accept != false"}},
    {"type": "group", "label": "安排", "components": [
        {"type": "select", "key": "unit", "label": "单位", "valuesKey": "units"},
        {"type": "taglist", "key": "joint", "label": "配合单位", "valuesKey": "units"},
        {"type": "number", "key": "amount", "label": "金额", "defaultValue": 5}]},
    {"type": "checkbox", "key": "urgent", "label": "加急"}, {"type": "datetime", "key": "day", "dateLabel": "日期"},
    {"type": "filepicker", "key": "files", "label": "材料", "multiple": True}, {"type": "separator"},
    {"type": "textfield", "key": "special", "label": "专属", "conditional": {"hide": "level != 'special'"}},
    {"type": "dynamiclist", "path": "steps", "label": "节点", "components": [
        {"type": "textfield", "key": "title", "label": "事项", "validate": {"required": True}},
        {"type": "datetime", "key": "day", "label": "日期"},
        {"type": "textfield", "key": "late", "conditional": {"hide": "urgent or day == null"}}]},
]}))


@pytest.fixture(scope="module")
def app_context():
    app = Flask("app")
    app.jinja_options = {}  # its templates are compiled without translations, which nobody else wants
    app.config["BABEL_DEFAULT_LOCALE"] = "zh_CN"
    Babel(app)
    with app.test_request_context():
        yield app


@pytest.fixture
def form():
    """Builds the form of a complex issue; `scope` adds variables."""
    def built(scope=None, **given):
        return build(SPEC, {"level": "complex", **(scope or {})}, OPTIONS, now=datetime(2026, 9, 18, 1, 0, tzinfo=UTC),
                     calendar=Calendar(), **given)
    return built
