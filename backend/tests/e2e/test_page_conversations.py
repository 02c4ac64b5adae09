"""Conversations that are kept, before mocks: listed, searched, renamed, exported, deleted, continued; or private."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.mock_stack import MockStack
from tests.e2e.visits import OpenPage, answers, await_phase, questions, type_question

pytestmark = pytest.mark.browser
ANSWER = "Yes."


@pytest.fixture(autouse=True)
def brief(mocked: MockStack) -> None:
    """Answers are heard to their end, so they are short."""
    mocked.change("llm", text=ANSWER)


def ask(page: Page, text: str) -> None:
    """Ask in writing and wait for the end of the answer."""
    count = answers(page).count()
    type_question(page, text)
    expect(answers(page)).to_have_count(count + 1)
    expect(answers(page).last).to_have_attribute("data-status", "final", timeout=20_000)
    await_phase(page, "listening")


def open_list(page: Page) -> Locator:
    """Show the conversations."""
    page.get_by_role("button", name="Conversations", exact=True).click()
    return page.get_by_role("dialog", name="Conversations")


def entry(page: Page, title: str) -> Locator:
    """Return a conversation in the list, by a part of its title."""
    return page.get_by_role("dialog").get_by_role("listitem").filter(has_text=title)


def act(page: Page, title: str, name: str) -> None:
    """Choose one of the things that can be done with a conversation."""
    entry(page, title).get_by_role("button", name="More about").click()
    entry(page, title).get_by_role("button", name=name, exact=True).click()


def test_they_are_listed_searched_renamed_and_deleted(open_mocked: OpenPage) -> None:
    page = open_mocked()
    ask(page, "How deep is Lake Baikal?")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".line")).to_have_count(0)
    ask(page, "How high is Mount Kenya?")
    kept = open_list(page)
    expect(entry(page, "Mount Kenya")).to_contain_text("open now")
    kept.get_by_label("Search").fill("baikal")
    expect(entry(page, "Mount Kenya")).to_have_count(0)
    act(page, "Lake Baikal", "Rename")
    kept.get_by_label("Title").fill("Depths")
    page.keyboard.press("Enter")
    expect(entry(page, "Depths")).to_have_count(1)
    kept.get_by_label("Search").fill("Depths")
    expect(entry(page, "Depths")).to_have_count(1)
    act(page, "Depths", "Delete")
    entry(page, "Depths").get_by_role("button", name="Delete for good").click()
    expect(entry(page, "Depths")).to_have_count(0)
    page.reload()
    open_list(page)
    expect(entry(page, "Mount Kenya").first).to_be_visible()
    expect(entry(page, "Depths")).to_have_count(0)


@pytest.mark.parametrize(("kind", "name"), [("Markdown", "Export as Markdown"), ("JSON", "Export as JSON")])
def test_they_are_exported(open_mocked: OpenPage, kind: str, name: str) -> None:
    page = open_mocked()
    ask(page, f"Who was Ada Lovelace, in {kind}?")
    open_list(page)
    entry(page, f"in {kind}").get_by_role("button", name="More about").click()
    with page.expect_download() as downloading:
        entry(page, f"in {kind}").get_by_role("link", name=name).click()
    text = Path(downloading.value.path()).read_text()
    assert f"Who was Ada Lovelace, in {kind}?" in text
    assert ANSWER in text
    if kind == "JSON":
        assert json.loads(text)["object"] == "conversation"
    else:
        assert text.startswith("# ")


def test_an_old_one_goes_on_with_all_that_was_said(open_mocked: OpenPage, mocked: MockStack) -> None:
    page = open_mocked()
    ask(page, "My favourite colour is vermilion.")
    page.get_by_role("button", name="New conversation").click()
    ask(page, "Something else altogether.")
    open_list(page)
    entry(page, "vermilion").get_by_role("button").first.click()
    expect(questions(page).locator(".said")).to_have_text("My favourite colour is vermilion.")
    ask(page, "What is it?")
    assert ["vermilion" in str(message["content"]) for message in mocked.prompts()[-1][1:]] == [True, False, False]
    assert "Something else" not in str(mocked.prompts()[-1])


def test_a_reload_shows_what_was_said_and_goes_on(open_mocked: OpenPage, mocked: MockStack) -> None:
    page = open_mocked()
    ask(page, "My favourite colour is indigo.")
    page.reload()
    ask(page, "What is it?")
    expect(questions(page)).to_have_count(2)
    expect(questions(page).first.locator(".said")).to_have_text("My favourite colour is indigo.")
    assert "indigo" in str(mocked.prompts()[-1][1:3])


def test_it_goes_on_in_one_window_only(open_mocked: OpenPage) -> None:
    first, second = open_mocked(), open_mocked()
    ask(first, "Where is Timbuktu?")
    open_list(second)
    entry(second, "Timbuktu").get_by_role("button").first.click()
    ask(second, "And Samarkand?")
    expect(first.get_by_role("alert")).to_contain_text("goes on in another window")
    await_phase(first, "off")
    expect(questions(second)).to_have_count(2)


def test_deleted_in_another_window_it_ends(open_mocked: OpenPage) -> None:
    first, second = open_mocked(), open_mocked()
    ask(first, "Where is Zanzibar?")
    open_list(second)
    act(second, "Zanzibar", "Delete")
    second.get_by_role("button", name="Delete for good").click()
    type_question(first, "And Samarkand?")  # each backend learns it when it writes the next time
    expect(first.get_by_role("alert")).to_contain_text("was deleted")
    await_phase(first, "off")


def test_a_private_one_is_not_written_down(open_mocked: OpenPage, mocked: MockStack) -> None:
    page = open_mocked()
    ask(page, "The open word is Ouagadougou.")
    open_list(page).get_by_role("button", name="New, private").click()
    expect(page.get_by_text("Private", exact=True)).to_be_visible()
    ask(page, "The hidden word is Antananarivo.")
    open_list(page)
    expect(entry(page, "Ouagadougou").first).to_be_visible()
    expect(entry(page, "Antananarivo")).to_have_count(0)
    written = b"".join(file.read_bytes() for file in mocked.folder.iterdir())  # the database's files, and the logs
    assert b"Ouagadougou" in written
    assert b"Antananarivo" not in written
    remembered = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Antananarivo" not in remembered
