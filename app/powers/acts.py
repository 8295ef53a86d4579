"""What each changing route of administration, and each event of signing in, is called in the administrators' log.

`tests/security/test_powers.py` walks all routes: each one stands either here or in QUIET.
"""
from __future__ import annotations

from workflows.sentence import Sentence, say

SIGNED_IN, SIGNED_OUT, FAILED, ENROLLED = "auth.signed_in", "auth.signed_out", "auth.failed", "auth.enrolled"
CREATED_BY_COMMAND, FACTOR_BY_COMMAND = "cli.create_admin", "cli.reset_second_factor"

WORDS: dict[str, Sentence] = {
    SIGNED_IN: say("登录"), SIGNED_OUT: say("退出登录"), FAILED: say("登录失败：密码或验证码不对"),
    ENROLLED: say("绑定两步验证"),
    CREATED_BY_COMMAND: say("在服务器上建立管理员"), FACTOR_BY_COMMAND: say("在服务器上解除两步验证"),
    "auth.change_password": say("修改自己的密码"), "auth.end_others": say("退出自己在其他地方的登录"),
    "admin.own_absence": say("设置自己的代办人"), "admin.own_absence_end": say("取消自己的代办人"),
    "admin.users_new": say("新建用户"), "admin.users_edit": say("修改用户资料"),
    "admin.users_add_post": say("增加岗位"), "admin.users_remove_post": say("取消岗位"),
    "admin.users_password": say("重置密码"), "admin.users_second": say("解除两步验证"),
    "admin.users_use": say("启用或停用用户"), "admin.users_sessions": say("退出用户的所有登录"),
    "admin.users_import_apply": say("从Excel导入用户"),
    "admin.absences": say("设置代办人"), "admin.absences_end": say("取消代办人"),
    "admin.agreement_agree": say("同意管理员账号的变动"), "admin.agreement_refuse": say("不同意管理员账号的变动"),
    "admin.agreement_withdraw": say("撤回管理员账号的变动"),
    "admin.erasure_agree": say("同意删除个人信息"), "admin.erasure_refuse": say("不同意删除个人信息"),
    "admin.units_new": say("新建单位"), "admin.units_edit": say("修改单位"), "admin.units_use": say("启用或停用单位"),
    "admin.leaders_set": say("设置企业的包联领导"),
    "admin.incidents_retry": say("重试故障"), "admin.incidents_cancel": say("终止出故障的流程"),
    "admin.mail_again": say("重发邮件"), "admin.mail_template": say("修改邮件模板"),
    "admin.mail_template_reset": say("恢复邮件模板"), "admin.calendar_save": say("修改工作日历"),
    "modeler.parameters": say("修改流程参数"), "modeler.begin_draft": say("开始修改流程"),
    "modeler.begin_new": say("新建流程"), "modeler.import_file": say("导入草稿文件"),
    "modeler.add_file": say("草稿增加文件"), "modeler.remove_file": say("草稿删除文件"),
    "modeler.restore_file": say("草稿恢复文件"), "modeler.discard_draft": say("放弃草稿"),
    "modeler.import_pack": say("导入流程包"), "modeler.publish": say("提交发布"),
    "modeler.roll_back": say("提交回到原版"), "modeler.retire": say("提交停用流程"),
    "modeler.decide": say("对发布作出决定"), "modeler.withdraw": say("撤回发布"), "modeler.renew": say("重新提交发布"),
    "modeler.moves_begin": say("移动在办事项"), "modeler.moves_stop": say("停止移动"),
    "modeler.moves_take_back": say("撤回移动"), "modeler.case_repair": say("申请修复事项"),
    "modeler.repair_agree": say("同意修复事项"), "modeler.repair_refuse": say("不同意修复事项"),
    "modeler.what_if_begin": say("开始试算"), "modeler.what_if_stop": say("停止试算"),
}

QUIET = frozenset({
    "auth.choose_post",  # which of one's posts a page shows
    "admin.users_import",  # looks at a file
    "modeler.draft_save", "modeler.draft_undo", "modeler.draft_redo",  # the draft keeps every change and whose it is
    "modeler.draft_presence", "modeler.draft_expression", "modeler.draft_preview",  # change nothing
    "modeler.simulate_begin", "modeler.simulate_task", "modeler.simulate_message", "modeler.simulate_clock",
    "modeler.simulate_back",  # a walk is the browser session's own
})
"""changing routes that need no entry, and why"""
