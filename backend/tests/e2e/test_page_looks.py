"""How the page looks, to people and to what reads it aloud: every state, in both themes, narrow and wide.

With SCREENSHOTS set to a folder, a picture of each state is left there.
"""

import base64
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.e2e import states
from tests.e2e.fake_realtime import FRONTEND, FakeRealtime
from tests.e2e.visits import OpenPage

pytestmark = pytest.mark.browser
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
SIZES: dict[int, ViewportSize] = {
    width: {"width": width, "height": h} for width, h in ((320, 640), (390, 844), (1280, 800))
}
PICTURES = os.environ.get("SCREENSHOTS")
BROKEN = "WebSocket|ERR_"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_state_is_fit_to_be_seen(open_scripted: OpenPage, scripted: FakeRealtime, theme: str, width: int) -> None:
    states.prepare(scripted)
    page = open_scripted(viewport=SIZES[width], color_scheme=theme, may=BROKEN)
    found: dict[str, Any] = {}
    for state in states.walk(page, scripted):
        assert overhang(page) <= 0, state
        if PICTURES:
            take_picture(page, Path(PICTURES) / f"{state}-{theme}-{width}.webp")
        found[state] = grave_findings(page)
    assert {state: findings for state, findings in found.items() if findings} == {}


@pytest.mark.parametrize("words", [states.ENGLISH, states.JAPANESE], ids=["en", "ja"])
def test_no_state_is_wider_than_the_smallest_screen(
    open_scripted: OpenPage, scripted: FakeRealtime, words: states.Words
) -> None:
    states.prepare(scripted)
    locale = "en-GB" if words is states.ENGLISH else "ja-JP"
    page = open_scripted(viewport=SIZES[320], locale=locale, may=BROKEN)
    for state in states.walk(page, scripted, words):
        assert overhang(page) <= 0, state
        assert small_targets(page) == [], state
        if PICTURES and words is states.JAPANESE:
            take_picture(page, Path(PICTURES) / f"{state}-ja-320.webp")


def overhang(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def small_targets(page: Page) -> list[str]:
    """Return what can be pressed and is too small for a finger: less than 44 pixels either way."""
    found: list[str] = page.evaluate("""
      [...document.querySelectorAll("button, select, input:not([type=checkbox]), textarea")]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .filter((element) => Math.min(element.offsetWidth, element.offsetHeight) < 44)
        .map((element) => `${element.outerHTML.slice(0, 120)} ${element.offsetWidth} x ${element.offsetHeight}`)
    """)
    return found


def grave_findings(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run(document).then(({ violations }) => violations)")
    return [
        f"{violation['id']}: {node['html']} {node['failureSummary']}"
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


def take_picture(page: Page, target: Path) -> None:
    """Write the window as WebP, which is a tenth of PNG."""
    page.wait_for_timeout(900)  # the ring is painted in strokes
    session = page.context.new_cdp_session(page)
    picture = session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    session.detach()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(base64.b64decode(picture["data"]))
