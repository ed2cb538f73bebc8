"""Two browser engines: for the tests, and for the picture of the page.

    python -m explorer.browsers     # screenshot.png

Debian's packages: chromium and chromium-driver, which Selenium drives; firefox-esr, for which Debian has no
driver, but which itself speaks WebDriver BiDi over a web socket. Firefox can open pages and run scripts here;
pointer and keyboard are Chromium's.
"""

import contextlib
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import websocket
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from explorer import build
from support.disk import replacing
from support.options import Parser, UserError, one_line_errors

ENGINES = {"chromium": ("chromium", "chromedriver"), "firefox": ("firefox-esr",)}  # what each needs
CHROMIUM = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
NOTHING_FROM_OUTSIDE = 'user_pref("services.settings.server", "data:,");\n'
PATIENCE = 120  # seconds: what hasn't come by then is an error


class Firefox:
    """Firefox by WebDriver BiDi, with the few calls of Selenium's that the tests ask of both engines."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        Path(self.profile.name, "user.js").write_text(NOTHING_FROM_OUTSIDE)
        command = ["firefox-esr", "--headless", "--remote-debugging-port=0", "--profile", self.profile.name]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        addresses = (
            line.split(" on ")[1].strip() for line in self.process.stderr if "BiDi listening" in line
        )
        self.socket = websocket.create_connection(
            f"{next(addresses)}/session", timeout=PATIENCE, suppress_origin=True
        )
        self.count = 0
        self.send("session.new", capabilities={})
        self.tab = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def send(self, method: str, **parameters) -> dict:
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv())).get("id") != self.count:
            pass  # an event
        if answer["type"] == "error":
            raise RuntimeError(answer["message"])
        return answer["result"]

    def get(self, address: str) -> None:
        """Open a page, another than the tab shows. Firefox may drop a navigation that comes soon after
        another, or call it complete when it isn't, so where the tab is decides.
        """
        for _ in range(PATIENCE // 5):
            self.send("browsingContext.navigate", context=self.tab, url=address)
            with contextlib.suppress(TimeoutException):
                return wait(self, lambda: self.is_at(address), 5)
        raise TimeoutException(f"{address} doesn't open")

    def is_at(self, address: str) -> bool:
        with contextlib.suppress(RuntimeError):  # between two pages there is nothing that could answer
            here, state = self.execute_script("return [location.href, document.readyState]")
            return state == "complete" and here.split("#")[0] == address.split("#")[0]
        return False

    def execute_script(self, script: str, *arguments):
        """What the body of a function returns for arguments that JSON can hold."""
        body = f"() => JSON.stringify((function () {{ {script} }})(...{json.dumps(arguments)}) ?? null)"
        target = {"context": self.tab}
        answer = self.send("script.callFunction", functionDeclaration=body, target=target, awaitPromise=True)
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def quit(self) -> None:
        self.socket.close()
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.profile.cleanup()


Browser = WebDriver | Firefox


@contextlib.contextmanager
def open_browser(engine: str) -> Iterator[Browser]:
    """A browser with an empty profile. If it dies or stands still, the next command raises an error.

    Raises:
        UserError: the engine isn't installed.
    """
    missing = [program for program in ENGINES[engine] if not shutil.which(program)]
    if missing:
        raise UserError(f"{engine} needs {' and '.join(missing)}")
    browser = start_chromium() if engine == "chromium" else Firefox()
    browser.engine = engine
    try:
        yield browser
    finally:
        browser.quit()


def start_chromium() -> WebDriver:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in CHROMIUM:
        options.add_argument(flag)
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    browser.set_script_timeout(PATIENCE)
    return browser


def show(browser: Browser, width: int = 1280, height: int = 900, dark: bool = False) -> None:
    """Give the page a size in CSS pixels; in Chromium also a colour scheme."""
    if browser.engine == "firefox":
        viewport = {"width": width, "height": height}
        browser.send("browsingContext.setViewport", context=browser.tab, viewport=viewport)
        return
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def wait(browser: Browser, condition: Callable[[], bool], patience: int = PATIENCE) -> None:
    """Wait until something is so. Raises selenium's TimeoutException if that doesn't happen."""
    WebDriverWait(browser, patience, poll_frequency=0.05).until(lambda _: condition())


def main() -> None:
    Parser(__doc__).parse_args()
    with one_line_errors(), open_browser("chromium") as browser:
        show(browser, 1280, 925)
        browser.get(build.PAGE.as_uri())
        with replacing(build.HERE / "screenshot.png") as partial:
            partial.write_bytes(browser.get_screenshot_as_png())


if __name__ == "__main__":
    main()
