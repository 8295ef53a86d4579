"""What is typed where a number belongs, and what no keyboard types."""
from __future__ import annotations

from collections.abc import Callable

import pytest

from app.numbers import LARGEST, ids, page_number, whole
from tests.app.conftest import Browser


@pytest.mark.parametrize(("text", "number"), [
    ("12", 12), ("", 0), (None, 0), ("²", 0), ("-1", 0), ("1.5", 0), (str(LARGEST), LARGEST), (str(LARGEST + 1), 0),
    ("9" * 5000, 0), ("٣", 0)])
def test_only_digits_within_what_a_database_keeps_are_numbers(text: str | None, number: int) -> None:
    assert whole(text) == number


def test_pages_and_lists_of_ids() -> None:
    assert [page_number(text) for text in ("", "0", "7", "999999")] == [1, 1, 7, 10_000]
    assert ids(["3", "x", "1", "²"]) == [3, 1]


@pytest.mark.parametrize(("address", "status"), [
    ("/inbox?page=²", 200), ("/inbox?size=²", 200), ("/inbox?page=" + "9" * 40, 200), ("/issues/?page=²", 200),
    ("/tasks/" + "9" * 25, 404), ("/inbox?q=%00", 400), ("/issues/?light=%00", 400), ("/issues/a%00b", 400)])
def test_a_senseless_address_is_nobodys_fault(browser: Browser, add_user: Callable[..., int], address: str,
                                              status: int) -> None:
    add_user("clerk", ("miit", "clerk"))
    browser.sign_in("clerk")
    assert browser.get(address).status_code == status


def test_what_no_keyboard_types_is_refused_from_strangers_too(browser: Browser) -> None:
    assert browser.post("/follow", data={"code": "a\0b"}).status_code == 400
