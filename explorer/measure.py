"""Measure the explorer and take its picture: results.json and screenshot.png.

    python -m explorer.measure

In each engine that is installed the slider is moved and the page laid out anew, with all models shown and all
doors open. The clocks of browsers are coarse, so a time is the mean of twenty steps; the median of forty such
times counts. Times are of one machine; everything else comes out the same everywhere.
"""

import json
import re

import numpy as np

from command_line import Parser, UserError, one_line_errors
from explorer import browsers, build
from run_files import replacing
from studies import files, images, margins

BATCHES, STEPS = 40, 20
# Milliseconds of a step in each batch, of a slider and in a state
SLIDE = """
const [selector, state, batches, steps] = arguments;
explorer.set({ optima: true, ...state });
for (const door of document.querySelectorAll("details")) door.open = true;
const slider = document.querySelector(selector);
const times = [];
for (let batch = -5; batch < batches; batch++) {  // the first five warm up
  const start = performance.now();
  for (let step = 0; step < steps; step++) {
    slider.value = Number(slider.min) + Math.random() * (slider.max - slider.min);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
  }
  times.push((performance.now() - start) / steps);
}
return times.slice(5);
"""


def measure_page() -> dict:
    """Sizes and counts of the page, and the most that half precision does to a logit of any test image."""
    page = build.PAGE.read_text(encoding="utf-8")
    data = json.loads(re.search(r'id="data">\n(.*?)</script>', page, re.DOTALL)[1])
    pixels, digits = images.all_digits("test")
    errors = []
    for pair, weights in build.load_models().items():
        of_pair, labels = images.of_pair(pixels, digits, pair)
        exact, shown = (
            margins.margins(found.T, of_pair, labels) for found in (weights, build.as_shown(weights))
        )
        errors.append(np.abs(exact - shown).max())
    models = sum(len(pair["models"]) for pair in data["pairs"])
    return {
        "kilobytes": round(build.PAGE.stat().st_size / 1000),
        "images": len(data["images"]),
        "pairs": len(data["pairs"]),
        "models": models,
        "logits": models * 2 * build.IMAGES_PER_DIGIT,
        "largest_error": max(errors),
    }


def measure_engine(engine: str) -> dict:
    """The engine's version and its median milliseconds of a step; Chromium also takes the picture."""
    with browsers.open_browser(engine) as browser:
        browsers.show(browser, 1280, 940)
        browser.get(build.PAGE.as_uri())
        if engine == "chromium":
            browsers.take_picture(browser, build.HERE / "screenshot.png")
        medians = {
            name: float(np.median(browser.execute_script(SLIDE, selector, state, BATCHES, STEPS)))
            for name, selector, state in (
                ("step", "#epsilon", {}),
                ("accident", "#accidents input[name=rotate]", {"mode": "accident", "gaussian_noise": 0.1}),
            )
        }
        version = ".".join(browser.capabilities["browserVersion"].split(".")[:2])
    return {**{name: round(median, 1) for name, median in medians.items()}, "version": float(version)}


def main() -> None:
    Parser(__doc__).parse_args()
    with one_line_errors():
        found = {"page": measure_page()}
        for engine in browsers.ENGINES:
            try:
                found[engine] = measure_engine(engine)
            except browsers.Missing as missing:
                raise UserError(f"{missing}: install it (see explorer/README.md)") from None
        with replacing(build.HERE / "results.json") as partial:
            partial.write_text("\n".join(files.lines(files.rounded(found))) + "\n", encoding="utf-8")
        print(f"measured in {', '.join(browsers.ENGINES)}")


if __name__ == "__main__":
    main()
