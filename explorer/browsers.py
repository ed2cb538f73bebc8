"""Two browser engines, each driven through Selenium: for the tests and for measure.py.

with open_browser(engine) as browser:       one of ENGINES; raises Missing where it isn't installed
    show(browser, width, height, dark)      give the page a size in CSS pixels and a colour scheme

Debian's packages: chromium and chromium-driver; webkit2gtk-driver and xvfb. (It has no driver for Firefox.)
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.service import Service as WebKitService

ENGINES = ("chromium", "webkit")
PROGRAMS = {
    "chromium": ("chromium", "chromedriver"),
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
        start = {"chromium": start_chromium, "webkit": start_webkit}[engine]
        browser = start(Path(folder), stack, dark)
        browser.engine = engine
        stack.callback(browser.quit)
        browser.set_script_timeout(120)
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
    else:
        WebDriverWait(browser, PATIENCE).until(lambda _: fits(browser, width, height))
    browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")


def fits(browser: WebDriver, width: int, height: int) -> bool:
    """Whether WebKit's page has this size; if not yet, ask for it with what its frame takes now.

    The frame is known only once the window stands: before that, the sizes are 0 or the window's own.
    """
    outer, inner = browser.execute_script("return [[outerWidth, outerHeight], [innerWidth, innerHeight]]")
    if inner == [width, height]:
        return True
    if min(inner) > 0 and outer[0] >= inner[0] and outer[1] >= inner[1]:
        browser.set_window_rect(0, 0, width + outer[0] - inner[0], height + outer[1] - inner[1])
    return False


def take_picture(browser: WebDriver, path: Path) -> None:
    """A picture of what the window shows."""
    browser.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 300))")
    path.write_bytes(browser.get_screenshot_as_png())
