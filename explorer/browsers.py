"""Two browser engines, driven through Selenium: for the tests and for the picture of the page.

    python -m explorer.browsers     # screenshot.png

Debian's packages: chromium and chromium-driver; webkit2gtk-driver and xvfb. (It has no driver for Firefox.)
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from explorer import build
from support.disk import replacing
from support.options import Parser, UserError, one_line_errors

# The programs that each needs
ENGINES = {"chromium": ("chromium", "chromedriver"), "webkit": ("WebKitWebDriver", "Xvfb")}
CHROMIUM = ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
PATIENCE = 120  # seconds: what hasn't come by then is an error


class Missing(UserError):
    """An engine isn't installed; the message says what it needs."""


@contextlib.contextmanager
def open_browser(engine: str) -> Iterator[WebDriver]:
    """A browser with an empty profile. If it dies or stands still, the next command raises an error.

    Raises:
        Missing: the engine isn't installed.
    """
    missing = [program for program in ENGINES[engine] if not shutil.which(program)]
    if missing:
        raise Missing(f"{engine} needs {' and '.join(missing)}")
    with contextlib.ExitStack() as stack:
        browser = {"chromium": start_chromium, "webkit": start_webkit}[engine](stack)
        stack.callback(browser.quit)
        browser.engine = engine
        browser.set_script_timeout(PATIENCE)
        browser.command_executor.client_config.timeout = PATIENCE  # WebKit's has none
        yield browser


def start_chromium(_: contextlib.ExitStack) -> WebDriver:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in CHROMIUM:
        options.add_argument(flag)
    return webdriver.Chrome(service=ChromeService(shutil.which("chromedriver")), options=options)


def start_webkit(stack: contextlib.ExitStack) -> WebDriver:
    """On a screen of its own, which nobody sees, and with an empty home."""
    options = webdriver.WebKitGTKOptions()
    options.add_argument("--automation")
    environment = {
        **os.environ,
        "DISPLAY": stack.enter_context(virtual_screen()),
        "HOME": stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)),
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


def show(
    browser: WebDriver, width: int = 1280, height: int = 900, dark: bool = False, still: bool = False
) -> None:
    """Give the page a size in CSS pixels, a colour scheme and, if `still`, reduced motion.

    WebKit's window doesn't become narrower than about 450 pixels, and its colours and motion stay.
    """
    if browser.engine == "chromium":
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        media = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if still else "",
        }
        features = [{"name": name, "value": value} for name, value in media.items()]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    wait(browser, lambda: has_size(browser, width, height))


def has_size(browser: WebDriver, width: int, height: int) -> bool:
    """Whether the page has this size; WebKit's window, if it hasn't yet, is asked for it.

    What its frame takes is known only once the window stands: before, the sizes are 0 or the window's own.
    """
    outer, inner = browser.execute_script("return [[outerWidth, outerHeight], [innerWidth, innerHeight]]")
    frame = [whole - part for whole, part in zip(outer, inner, strict=True)]
    if browser.engine == "webkit" and inner != [width, height] and min(inner) > 0 and min(frame) >= 0:
        browser.set_window_rect(0, 0, width + frame[0], height + frame[1])
    return inner == [width, height]


def wait(browser: WebDriver, condition: Callable[[], bool]) -> None:
    """Wait until something is so. Raises selenium's TimeoutException if that doesn't happen."""
    WebDriverWait(browser, PATIENCE, poll_frequency=0.05).until(lambda _: condition())


def main() -> None:
    Parser(__doc__).parse_args()
    with one_line_errors(), open_browser("chromium") as browser:
        show(browser, 1280, 925, still=True)
        browser.get(build.PAGE.as_uri())
        with replacing(build.HERE / "screenshot.png") as partial:
            partial.write_bytes(browser.get_screenshot_as_png())


if __name__ == "__main__":
    main()
