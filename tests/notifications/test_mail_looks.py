"""Every shipped HTML mail in Chromium, on a phone and on a desktop, in light and in dark: it fits, it can be
read, and its links lead somewhere."""

import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from parts.system import ROOT
from support.chromium import Chromium
from support.client import Client
from support.fixtures import folder

SHIPPED = ROOT / "services" / "notifications" / "templates" / "shipped"
REPORT = Path(__file__).with_name("page_report.js").read_text()
WIDTHS = {"phone": 360, "desktop": 1000}
SCHEMES = ("light", "dark")
TEXT_MIN_PX = 14
CONTRAST_MIN = 4.5
# The standard deviation of a page's pixels: one without text has next to none.
DEVIATION_MIN = 5.0
# What people and programs give that has no place to break a line at.
UNBROKEN = {
    "firstName": "Wolfeschlegelsteinhausenbergerdorff",
    "username": "w" * 32,
    "email": "w" * 60 + "@" + "mail." * 20 + "example.org",
    "errorMessage": "https://data.example.org/" + "exports-of-yesterday/" * 10,
    "userAgent": "W" * 200,
}


def shipped_mails():
    """(event type, locale) of every shipped template with a page, by the names of their files."""
    for file in sorted(SHIPPED.glob("*.mustache")):
        if "{{! email.html }}" in file.read_text().splitlines():
            yield file.name.removesuffix(".mustache").rpartition(".")[::2]


@pytest.fixture(scope="module")
def screenshots():
    """Stays after the run, for whoever wants to see them."""
    return folder("mail-looks")


@pytest.fixture(scope="module")
def chromium(screenshots):
    browser = Chromium(screenshots)
    yield browser
    browser.close()


class Texts:
    """The shipped texts, as an administrator looks at them before anybody gets them."""

    def __init__(self, system):
        self.client = Client(system)
        self._admin = self.client.log_in(replace(system.administrator))

    def page(self, event_type, locale, **body):
        path = f"notifications/templates/{event_type}/email/{locale}/preview"
        headers = {"Accept": "text/html"}
        answer = self.client.post("notifications", path, self._admin, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.text

    def fields(self, event_type):
        """The names of the event's own fields."""
        path = f"notifications/templates/{event_type}/email/en"
        names = self.client.get("notifications", path, self._admin).json()["template"]["fields"]
        return [name.removeprefix("event.") for name in names if name.startswith("event.")]


@pytest.fixture(scope="module")
def texts(outward_system):
    made = Texts(outward_system)
    yield made
    made.client.close()


def deviation(screenshot):
    done = subprocess.run(["vips", "deviate", screenshot], capture_output=True, text=True, check=True)
    return float(done.stdout)


def assert_reads_well(report, width):
    assert report["widthPx"] <= width, f"{report['widthPx']} px are wider than the window"
    assert report["texts"], "there is nothing to read"
    small = [each for each in report["texts"] if each["sizePx"] < TEXT_MIN_PX]
    assert not small, small
    faint = [each for each in report["texts"] if each["contrast"] < CONTRAST_MIN]
    assert not faint, faint


@pytest.mark.parametrize("event_type, locale", shipped_mails())
def test_a_mail_reads_well(texts, chromium, screenshots, event_type, locale):
    page = texts.page(event_type, locale)
    for window, width in WIDTHS.items():
        for scheme in SCHEMES:
            chromium.show(page, width, scheme)
            report = chromium.evaluate(REPORT)
            screenshot = screenshots / f"{event_type}.{locale}.{window}.{scheme}.png"
            chromium.screenshot(screenshot)
            assert_reads_well(report, width)
            assert deviation(screenshot) > DEVIATION_MIN, f"{screenshot} is blank"
            assert report["links"], "nothing leads to the system"
            for link in report["links"]:
                parts = urlsplit(link)
                assert parts.scheme in ("http", "https") and parts.hostname, link


@pytest.mark.parametrize("event_type, locale", shipped_mails())
def test_words_that_cannot_be_broken_make_no_mail_wider(texts, chromium, screenshots, event_type, locale):
    event = {name: UNBROKEN.get(name, name) for name in texts.fields(event_type)}
    if event_type == "digest.v1":
        event = {"count": 1, "items": [{"subject": UNBROKEN["errorMessage"], "at": "now"}]}
    user = {name: UNBROKEN[name] for name in ("firstName", "username", "email")}
    width = WIDTHS["phone"]
    chromium.show(texts.page(event_type, locale, event=event, user=user), width)
    chromium.screenshot(screenshots / f"{event_type}.{locale}.unbroken.png")
    assert_reads_well(chromium.evaluate(REPORT), width)


def test_a_page_sees_the_window_and_the_scheme(chromium):
    page = """<!DOCTYPE html><meta name="viewport" content="width=device-width"><p>text</p>"""
    seen = "[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]"
    for width in WIDTHS.values():
        for scheme in SCHEMES:
            chromium.show(page, width, scheme)
            assert chromium.evaluate(seen) == [width, scheme == "dark"]


def test_what_reads_badly_is_noticed(chromium):
    """The report itself: a page with one of each fault."""
    faults = """<body style="background:#fff;color:#000"><div style="width:500px">wide</div>
        <p style="font-size:13px">small</p><p style="color:#999">faint</p><a href="/inside">link</a>
        <p style="color:rgb(0 0 0 / 40%)">faint as well</p><p style="display:none;color:#fff">hidden</p>"""
    chromium.show("<!DOCTYPE html>" + faults, 360)
    report = chromium.evaluate(REPORT)
    assert report["widthPx"] >= 500
    assert [each["text"] for each in report["texts"] if each["sizePx"] < TEXT_MIN_PX] == ["small"]
    faint = [each["text"] for each in report["texts"] if each["contrast"] < CONTRAST_MIN]
    assert faint == ["faint", "faint as well"]
    assert report["links"] == ["/inside"]
