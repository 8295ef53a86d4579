"""The people of a journey, in words of what they do: each sits at a browser of their own."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.helpers import assert_accessible, sign_in


@dataclass
class Person:
    """Somebody at a browser. Each kind of page that anyone of a journey comes to is proved accessible once."""
    page: Page
    proved: set[str] = field(repr=False)

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.main).to_contain_text(text)

    def presses(self, name: str) -> None:
        self.main.get_by_role("button", name=name, exact=True).click()

    def looks_at(self, kind: str) -> None:
        if kind not in self.proved:
            assert_accessible(self.page)
            self.proved.add(kind)


class Officer(Person):
    """Somebody in an office, signed in, at the inbox and the task pages."""

    @classmethod
    def arrives(cls, page: Page, username: str, proved: set[str]) -> Officer:
        return cls(sign_in(page, username), proved)

    def opens(self, step: str, view: str = "mine") -> None:
        """Opens the first task of this name that lies in the inbox, or in another of its views."""
        self.page.goto(f"/inbox?view={view}")
        self.looks_at(f"inbox {view}")
        self._row(step).first.locator(".inbox-title").click()
        self.stands_at(step)

    def has(self, step: str) -> None:
        self.page.goto("/inbox")
        expect(self._row(step)).to_have_count(1)

    def has_nothing_left(self) -> None:
        self.page.goto("/inbox")
        self.sees("现在没有待办")

    def stands_at(self, step: str) -> None:
        """Finishing a task leads to the next one that is this person's: this is it."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^\s*{step}"))
        self.looks_at(f"task {step}")

    def writes(self, label: str, text: str) -> None:
        self._form.get_by_label(label).fill(text)

    def picks(self, label: str, option: str) -> None:
        self._form.get_by_label(label).select_option(option)

    def ticks(self, label: str) -> None:
        self._form.get_by_label(label).check()

    def chooses(self, question: str, answer: str) -> None:
        self._form.get_by_role("group", name=question).get_by_label(answer, exact=True).check()

    def brings_to_assigning(self, category: str, level: str, place: str) -> None:
        """An office with all posts collects, sorts, judges and dispatches: each task finished leads to the next."""
        self.opens("收集登记")
        self.ticks("已与企业联系人核对情况")
        self.finishes()
        self.sorts_and_judges(category, level, place)

    def sorts_and_judges(self, category: str, level: str, place: str) -> None:
        self.stands_at("梳理")
        self.chooses("梳理结果", "情况清楚，提交研判")
        self.picks("困难类别", category)
        self.finishes()
        self.stands_at("研判")
        self.picks("困难类别", category)
        self.chooses("问题级别", level)
        self.chooses("哪一级办理", place)
        self.writes("研判理由", "涉及的部门和政策已核实清楚")
        self.finishes()
        self.stands_at("交办")
        self.writes("交办要求", "企业月底要付款，请抓紧")
        self.finishes()

    def accepts(self) -> None:
        self.opens("受理")
        self.chooses("是否受理", "受理")
        self.finishes()

    def handles(self, measures: str) -> None:
        self.stands_at("办理")
        self.writes("办理情况", measures)
        self.finishes()

    def drafts_the_reply(self, reply: str) -> None:
        self.stands_at("起草答复")
        self.chooses("答复类型", "已解决")
        self.writes("给企业的答复", reply)
        self.finishes()

    def approves_the_reply(self, reply: str) -> None:
        self.opens("审定答复")
        self.sees(reply)
        self.chooses("审定意见", "同意，答复企业")
        self.finishes()

    def writes_milestones(self, *milestones: tuple[str, str, str]) -> None:
        """What is done, by whom, by which day: the first into the row that is there, others into new rows."""
        for number, (title, responsible, day) in enumerate(milestones):
            if number:
                self.presses("增加一行")
            row = self._form.locator("fieldset[data-row]").last
            row.get_by_label("做什么").fill(title)
            row.get_by_label("责任单位或责任人").fill(responsible)
            row.get_by_label("完成日期").fill(day)

    def finishes(self, told: str = "”已交") -> None:
        """办结, and reads where it went, or what else is waited for."""
        self.presses("办结")
        expect(self.main.locator(".alert").first).to_contain_text(told)

    def returns_to(self, step: str, reason: str, *, then_back_to_me: bool = False) -> None:
        dialog = self._dialog("退回")
        dialog.get_by_role("group", name="退回到哪一步").get_by_label(step).check()
        dialog.get_by_label("退回的原因").fill(reason)
        if then_back_to_me:
            dialog.get_by_label("直接返回我这里").check()
        self.looks_at("dialog 退回")
        dialog.get_by_role("button", name="退回", exact=True).click()
        self.sees("已退回，交")

    def reads_copies(self, *texts: str) -> None:
        """Finds these among the unread copies and marks all as read."""
        self.page.goto("/inbox?view=copies")
        self.looks_at("copies")
        self.sees(*texts)
        self.page.get_by_label("全选").check()
        self.presses("所选已阅")
        self.sees("件已标为已阅")

    def opens_issue(self, title: str) -> None:
        self.page.goto("/issues/")
        self.looks_at("issues")
        self.main.get_by_role("link", name=title).first.click()
        expect(self.page.locator(".diagram svg").first).to_be_visible()
        self.looks_at("issue")

    @property
    def _form(self) -> Locator:
        return self.page.locator("form.task-form")

    def _row(self, step: str) -> Locator:
        named = self.page.locator(".inbox-step", has_text=re.compile(rf"^\s*{step}"))
        return self.page.locator(".inbox-row").filter(has=named)

    def _dialog(self, name: str) -> Locator:
        acts = self.main.get_by_role("group", name="操作")
        acts.locator("summary", has_text=re.compile(rf"^{name}$")).click()
        return self.page.locator("dialog[open]")


class Enterprise(Person):
    """An enterprise: no account, only the follow-up code that it keeps."""
    code = ""

    def reports(self, title: str, description: str, category: str, *, file: Path | None = None) -> None:
        """The three steps of /report; keeps the code that is shown at their end."""
        self.page.goto("/report")
        self.looks_at("report: trouble")
        self.page.get_by_label("用一句话说说困难").fill(title)
        self.page.get_by_label("具体情况").fill(description)
        self.page.get_by_label(category, exact=True).check()
        if file:
            self.page.get_by_label("照片或文件").set_input_files(file)
        self.presses("下一步")
        self.looks_at("report: enterprise")
        self.page.get_by_label("企业名称").fill("鄂尔多斯市恒拓新材料有限公司")
        self.page.get_by_label("企业在哪个旗区或园区").select_option("东胜区")
        self.page.get_by_label("联系人").fill("张经理")
        self.page.get_by_label("联系电话").fill("0477-8580000")
        self.presses("下一步")
        self.looks_at("report: confirm")
        self.presses("确认提交")
        self.code = self.page.locator("#code").inner_text()
        self.looks_at("report: done")

    def asks_where_it_stands(self, *sentences: str) -> None:
        """Enters the code and reads these sentences about the progress."""
        self.page.goto("/follow")
        self.looks_at("follow")
        self.page.get_by_label("查询码").fill(self.code)
        self.presses("查看")
        self.sees(*sentences)

    def rates(self, response: str, solved: str, satisfaction: str, comment: str) -> None:
        self.looks_at("progress with a reply")
        self.main.get_by_role("link", name="评价", exact=True).click()
        self.looks_at("rate")
        self.page.get_by_label(response, exact=True).check()
        self.page.get_by_label(solved, exact=True).check()
        self.page.get_by_label(satisfaction, exact=True).check()
        self.page.get_by_label("还想说点什么").fill(comment)
        self.presses("提交评价")
        self.sees("谢谢您的评价。", f"总的来说：{satisfaction}")
