"""The three browser engines, each driven through Selenium: for the tests and for measure.py.

with open_browser(engine) as browser:       one of ENGINES; raises Missing where it isn't installed
    show(browser, width, height, dark)      give the page a size in CSS pixels and a colour scheme

Debian's packages: chromium and chromium-driver; firefox-esr; webkit2gtk-driver and xvfb. Firefox comes
without a driver of its own there, so Selenium speaks to it in Firefox's protocol, Marionette.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.webkitgtk.service import Service as WebKitService

ENGINES = ("chromium", "firefox", "webkit")
PROGRAMS = {
    "chromium": ("chromium", "chromedriver"),
    "firefox": ("firefox-esr",),
    "webkit": ("WebKitWebDriver", "Xvfb"),
}
CHROMIUM = (
    *(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--hide-scrollbars",
    ),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
# No start page, no questions, no network
FIREFOX = {
    "marionette.port": 0,
    "browser.startup.homepage": "about:blank",
    "browser.startup.page": 0,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.proxy.type": 1,
    "network.proxy.socks": "127.0.0.1",
    "network.proxy.socks_port": 9,
}
PATIENCE = 60  # seconds until a browser has started


class Missing(Exception):
    """An engine isn't installed; the message says what is missing."""


@contextlib.contextmanager
def open_browser(engine: str, dark: bool = False) -> Iterator[WebDriver]:
    """A browser with an empty profile. WebKit can be dark only from its start on."""
    missing = [program for program in PROGRAMS[engine] if not shutil.which(program)]
    if missing:
        raise Missing(f"{engine} needs {' and '.join(missing)}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, contextlib.ExitStack() as stack:
        start = {"chromium": start_chromium, "firefox": start_firefox, "webkit": start_webkit}[engine]
        browser = start(Path(folder), stack, dark)
        browser.engine = engine
        stack.callback(browser.quit)
        browser.set_script_timeout(30)
        show(browser, dark=dark)
        yield browser


def start_chromium(folder: Path, _: contextlib.ExitStack, dark: bool) -> WebDriver:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*CHROMIUM, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    return webdriver.Chrome(service=ChromeService(shutil.which("chromedriver")), options=options)


def start_webkit(folder: Path, stack: contextlib.ExitStack, dark: bool) -> WebDriver:
    display = stack.enter_context(virtual_screen())
    options = webdriver.WebKitGTKOptions()
    options.add_argument("--automation")
    theme = {"GTK_THEME": "Adwaita:dark"} if dark else {}
    environment = {
        **os.environ,
        **theme,
        "DISPLAY": display,
        "HOME": str(folder),
        "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
    }
    environment.pop("WAYLAND_DISPLAY", None)
    service = WebKitService(shutil.which("WebKitWebDriver"), env=environment)
    return webdriver.WebKitGTK(options=options, service=service)


@contextlib.contextmanager
def virtual_screen() -> Iterator[str]:
    """A display that nobody sees; the server itself chooses a free number."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x2400x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as file:
            yield f":{file.readline().strip()}"
    finally:
        process.terminate()
        process.wait()


# Firefox


def start_firefox(folder: Path, stack: contextlib.ExitStack, dark: bool) -> WebDriver:
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in FIREFOX.items()]
    (folder / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [
        "firefox-esr",
        "--headless",
        "--marionette",
        "--remote-allow-system-access",
        "--profile",
        str(folder),
    ]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, env={**os.environ, "HOME": str(folder)}, **quiet)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    browser = WebDriver(
        command_executor=Marionette(folder / "MarionetteActivePort"), options=FirefoxOptions()
    )
    return browser


class FirefoxOptions(ArgOptions):
    default_capabilities: ClassVar = {}


class Marionette:
    """What Selenium wants of a remote connection, in Firefox's own protocol: lengths and JSON in a socket.

    https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
    """

    COMMANDS: ClassVar = {
        "newSession": "WebDriver:NewSession",
        "quit": "Marionette:Quit",
        "get": "WebDriver:Navigate",
        "setTimeouts": "WebDriver:SetTimeouts",
        "w3cExecuteScript": "WebDriver:ExecuteScript",
        "w3cExecuteScriptAsync": "WebDriver:ExecuteAsyncScript",
        "findElement": "WebDriver:FindElement",
        "findElements": "WebDriver:FindElements",
        "w3cGetActiveElement": "WebDriver:GetActiveElement",
        "clickElement": "WebDriver:ElementClick",
        "sendKeysToElement": "WebDriver:ElementSendKeys",
        "actions": "WebDriver:PerformActions",
        "screenshot": "WebDriver:TakeScreenshot",
        "setWindowRect": "WebDriver:SetWindowRect",
    }
    browser_name = "firefox"

    def __init__(self, port_file: Path):
        end = time.monotonic() + PATIENCE
        while not (port_file.exists() and port_file.read_text().strip()):
            if time.monotonic() > end:
                raise RuntimeError("Firefox doesn't start")
            time.sleep(0.05)
        self.file = socket.create_connection(("127.0.0.1", int(port_file.read_text()))).makefile("rwb")
        self.receive()  # its greeting
        self.count = 0

    def receive(self):
        length = b""
        while (byte := self.file.read(1)) != b":":
            length += byte
        return json.loads(self.file.read(int(length)))

    def call(self, name: str, parameters: dict):
        self.count += 1
        message = json.dumps([0, self.count, name, parameters]).encode()
        self.file.write(b"%d:%b" % (len(message), message))
        self.file.flush()
        _, _, error, result = self.receive()
        if error:
            raise RuntimeError(f"{name}: {error['error']}: {error['message']}")
        return result

    def execute(self, command: str, parameters: dict) -> dict:
        parameters = {key: value for key, value in parameters.items() if key != "sessionId"}
        other = {"newSession": {}, "quit": {"flags": ["eForceQuit"]}, "screenshot": {"full": False}}
        result = self.call(self.COMMANDS[command], other.get(command, parameters))
        alone = isinstance(result, dict) and result.keys() == {"value"}
        return {"value": result["value"] if alone else result, "status": 0}

    def chrome(self, script: str, *arguments) -> None:
        """Run a script in the browser itself, not in the page."""
        self.call("Marionette:SetContext", {"value": "chrome"})
        try:
            self.call("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})
        finally:
            self.call("Marionette:SetContext", {"value": "content"})

    def close(self) -> None:
        self.file.close()


# Sizes and colours


def show(
    browser: WebDriver, width: int = 1280, height: int = 900, dark: bool = False, still: bool = False
) -> None:
    """Give the page a size in CSS pixels, a colour scheme and, if `still`, reduced motion.

    WebKit's window doesn't become narrower than about 450 pixels, and its colours and motion stay.
    """
    if browser.engine == "chromium":
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if still else "",
        }
        features = [{"name": name, "value": value} for name, value in media.items()]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    elif browser.engine == "firefox":
        browser.set_window_rect(0, 0, max(width, 500), height + 100)
        browser.command_executor.chrome(
            """const [width, height, scheme, still] = arguments;
            const { style } = gBrowser.selectedBrowser;
            for (const [side, value] of [["width", width], ["height", height]]) {
              for (const limit of ["min-", "max-"]) style.setProperty(limit + side, `${value}px`);
            }
            Services.prefs.setIntPref("layout.css.prefers-color-scheme.content-override", scheme);
            Services.prefs.setIntPref("ui.prefersReducedMotion", still);""",
            *(width, height, 0 if dark else 1, int(still)),
        )
    else:
        for _ in range(2):  # the window's frame is known only once it stands
            wide, high = browser.execute_script("return [outerWidth - innerWidth, outerHeight - innerHeight]")
            browser.set_window_rect(0, 0, width + wide, height + high)
    browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 20))")


def take_picture(browser: WebDriver, path: Path) -> None:
    """A picture of what the window shows."""
    browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 300))")
    path.write_bytes(browser.get_screenshot_as_png())
