"""The explorer in a real browser, its numbers against NumPy's, and its build.

Headless Chromium opens the committed page from disk. `python tests/test_explorer.py` makes the screenshot of
the README with the same browser, at the size of a small desktop.
"""

import base64
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for the screenshot; pytest does it by itself

from run_files import load_post_runs

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]
EXPLORER = ROOT / "extensions" / "explorer"
PAGE = EXPLORER / "explorer.html"
OPTIMA = ROOT / "extensions" / "results"
CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
STEPS = [0.0, 0.05, 0.1, 0.2, 0.35, 0.5]  # of ε, at which verdicts are compared


def start_browser(profile: str):
    """Headless Chromium with an empty profile, which collects what its console says."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    return webdriver.Chrome(service=Service(CHROMEDRIVER), options=options)


def resize(browser, width: int, height: int = 900, **features: str) -> None:
    """Give the page a size, in CSS pixels, and media features such as prefers_color_scheme="dark"."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def open_page(browser, fragment: str = "") -> None:
    browser.get("about:blank")  # else a new fragment would not load the page anew
    browser.get(PAGE.as_uri() + fragment)


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM or not CHROMEDRIVER:
        pytest.skip("Chromium and its driver are not installed (Debian: chromium, chromium-driver)")
    pytest.importorskip("selenium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = start_browser(profile)
        browser.set_script_timeout(20)
        yield browser
        browser.quit()


@pytest.fixture
def page(browser):
    """The page, just opened; whatever a test does, the console stays empty and nothing is requested."""
    resize(browser, 1280)
    open_page(browser)
    yield browser
    assert browser.get_log("browser") == []
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0


@pytest.fixture(scope="module")
def models(committed) -> dict[str, tuple[np.ndarray, np.float64]]:
    """Weights (784,) and bias of every model, from the files of the studies, in float64."""
    runs = load_post_runs(committed / "results")
    models = {run.folder.name: (run.weights, run.bias) for run in runs}
    for path in sorted((committed / OPTIMA.relative_to(ROOT)).glob("optimum_*.npz")):
        with np.load(path) as file:
            models[path.stem] = (file["w"], file["b"])
    return {name: (w.astype(np.float64), np.float64(b)) for name, (w, b) in models.items()}


@pytest.fixture(scope="module")
def test_set() -> tuple[np.ndarray, np.ndarray]:
    """Images (2115, 784) and labels (2115,), in float64."""
    import data

    images, labels = data.to_arrays(data.binary_mnist("test"))
    return images.astype(np.float64), labels.astype(np.float64)


@pytest.fixture(scope="module")
def builder():
    spec = importlib.util.spec_from_file_location("explorer_build", EXPLORER / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(page, script: str, *arguments):
    """What a piece of JavaScript returns."""
    return page.execute_script(script, *arguments)


def element(page, selector: str):
    return page.find_element("css selector", selector)


def text(page, selector: str) -> str:
    return run(page, "return document.querySelector(arguments[0]).textContent.trim()", selector)


def state(page) -> dict:
    return run(page, "return { ...explorer.state }")


def fragment_at_rest(page) -> str:
    """The address's fragment once it follows the state, which it does after a short rest."""
    for _ in range(100):
        fragment = run(page, "return location.hash")
        if fragment == run(page, "return explorer.toFragment()"):
            return fragment
        time.sleep(0.05)
    raise AssertionError(f"the address still says {fragment}")


# Numbers against NumPy


def bundled(page) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The page's models, test indices and labels."""
    ids, digits = run(
        page, "return [explorer.models.map(m => m.id), explorer.digits.map(d => [d.index, d.label])]"
    )
    indices, labels = np.array(digits).T
    return ids, indices, labels


def test_every_model_is_there_and_forty_images_as_promised(page, models, test_set):
    images, labels = test_set
    ids, indices, shown_labels = bundled(page)
    assert sorted(ids) == sorted(models)
    assert {"regular", "robust_0.1", "robust_0.2", "robust_0.3", "optimum_0.0", "optimum_0.3"} <= set(ids)
    assert len(set(indices)) == 40
    np.testing.assert_array_equal(shown_labels, labels[indices])
    assert (shown_labels == -1).sum() == (shown_labels == 1).sum() == 20
    mistaken = np.any([labels * (images @ w + b) <= 0 for w, b in models.values()], axis=0)
    assert set(np.flatnonzero(mistaken)) <= set(indices)
    pixels = run(page, "return explorer.digits.map(d => Array.from(d.image))")
    np.testing.assert_allclose(pixels, images[indices], atol=1e-7)


def test_logits_and_smallest_epsilons_equal_numpys(page, models, test_set):
    ids, indices, labels = bundled(page)
    found = run(
        page,
        """return explorer.models.map(model => explorer.digits.map(({ image, label }) =>
            [explorer.logit(image, model), explorer.smallestEpsilon(image, label, model)]))""",
    )
    for name, values in zip(ids, np.array(found), strict=True):
        weights, bias = models[name]
        logits = test_set[0][indices] @ weights + bias
        np.testing.assert_allclose(values[:, 0], logits, atol=1e-4)
        smallest = np.maximum(0, labels * logits) / np.linalg.norm(weights, 1)
        np.testing.assert_allclose(values[:, 1], smallest, atol=1e-4)


@pytest.mark.parametrize("clip", [False, True])
def test_attacked_logits_and_verdicts_equal_numpys(page, models, test_set, clip):
    ids, indices, labels = bundled(page)
    found = run(
        page,
        """return explorer.models.map(model => arguments[0].map(epsilon => explorer.digits.map(
            ({ image, label }) => explorer.outcome(image, label, model, epsilon, arguments[1]))))""",
        STEPS,
        clip,
    )
    for name, rows in zip(ids, found, strict=True):
        weights, bias = models[name]
        clean = labels * (test_set[0][indices] @ weights + bias) > 0
        for epsilon, results in zip(STEPS, rows, strict=True):
            perturbed = test_set[0][indices] - epsilon * labels[:, None] * np.sign(weights)
            logits = (perturbed.clip(0, 1) if clip else perturbed) @ weights + bias
            np.testing.assert_allclose([result["attacked"] for result in results], logits, atol=1e-4)
            verdicts = np.where(clean, np.where(labels * logits > 0, "right", "fooled"), "wrong")
            assert [result["verdict"] for result in results] == verdicts.tolist()


def test_a_logit_of_exactly_zero_counts_as_a_mistake(page):
    verdicts = run(
        page,
        """const w = new Float64Array(784), image = new Float64Array(784);
        w[0] = 1; image[0] = 0.5;
        const of = (b, epsilon) => explorer.outcome(image, 1, { w, b, norm: 1 }, epsilon, false).verdict;
        return [of(0, 0.25), of(0, 0.5), of(-0.5, 0)]""",
    )
    assert verdicts == ["right", "fooled", "wrong"]


def test_the_accuracy_picture_shows_the_stored_curves(page, test_set, models, committed):
    counts, number, drawn = run(
        page,
        """return [explorer.models.map(m => [m.id, m.correct]), explorer.models.length,
            [...document.querySelectorAll('#curves polyline')].map(
                line => Array.from(line.points, point => [point.x, point.y]))]""",
    )
    counts = dict(counts)
    for stored in load_post_runs(committed / "results"):
        np.testing.assert_allclose(np.array(counts[stored.folder.name]) / 2115, stored.accuracy, atol=1e-9)
    images, labels = test_set
    for name, (weights, bias) in models.items():
        margins = labels * (images @ weights + bias)
        shift = np.linspace(0, 0.5, 101)[:, None] * np.linalg.norm(weights, 1)
        # float32 may decide a margin of about 0 differently, so a curve may be one image off
        assert np.abs((margins > shift).sum(axis=1) - counts[name]).max() <= 1
    drawn = np.array(drawn)
    assert drawn.shape == (number, 101, 2)
    for line, correct in zip(drawn, counts.values(), strict=True):
        slope, intercept = np.polyfit(line[:, 1], np.array(correct) / 2115, 1)
        np.testing.assert_allclose(slope * line[:, 1] + intercept, np.array(correct) / 2115, atol=1e-6)
    run(page, "explorer.set({ epsilon: 0.25 })")
    assert float(element(page, "#cursor").get_attribute("x1")) == pytest.approx(drawn[0, 50, 0])


# What the reader does


def test_slider_moves_everything_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    run(page, "explorer.set({ model: 'regular', epsilon: 0.1 })")
    assert "is right: it says zero" in text(page, "#verdict")
    before = text(page, "#logit-line .outcome")
    slider = element(page, "#epsilon")
    for key in (Keys.ARROW_RIGHT, Keys.PAGE_UP, Keys.ARROW_LEFT):
        slider.send_keys(key)
    assert state(page)["epsilon"] == pytest.approx(0.15)
    assert text(page, "#epsilon-value") == "0.150"
    assert "is fooled: it says one, but this is a zero" in text(page, "#verdict")
    assert text(page, "#logit-line .outcome") != before
    assert "fooled" in text(page, "#model-regular")
    slider.send_keys(Keys.END)
    assert state(page)["epsilon"] == 0.5
    slider.send_keys(Keys.HOME)
    assert state(page)["epsilon"] == 0
    assert text(page, "#strip-title").endswith("0 are mistaken")


def test_slider_moves_by_mouse(page):
    from selenium.webdriver import ActionChains

    slider = element(page, "#epsilon")
    ActionChains(page).move_to_element(slider).click().perform()
    assert state(page)["epsilon"] == pytest.approx(0.25, abs=0.006)
    ActionChains(page).move_to_element(slider).click_and_hold().move_by_offset(150, 0).release().perform()
    assert state(page)["epsilon"] > 0.32


def test_marks_stand_where_the_slider_reaches_the_smallest_epsilon(page):
    width, marks = run(
        page,
        """return [document.getElementById('epsilon').clientWidth,
            [...document.querySelectorAll('.mark')].map(
                mark => [mark.dataset.model, Number(mark.dataset.x)])]""",
    )
    image = "explorer.currentImage()"
    smallest = dict(
        run(
            page,
            f"""return explorer.models.map(
                model => [model.id, explorer.smallestEpsilon({image}.image, {image}.label, model)])""",
        )
    )
    assert sorted(name for name, value in smallest.items() if value <= 0.5) == sorted(dict(marks))
    for name, x in marks:
        assert x == pytest.approx(12 + smallest[name] / 0.5 * (width - 24), abs=1e-6)  # a thumb is 24 wide


def test_digits_and_models_are_chosen_by_mouse_and_arrow_keys(page):
    from selenium.webdriver.common.keys import Keys

    indices = run(page, "return explorer.digits.map(d => d.index)")
    labels = page.find_elements("css selector", "#digits label")
    labels[3].click()
    assert state(page)["digit"] == indices[3]
    page.switch_to.active_element.send_keys(Keys.ARROW_RIGHT)
    assert state(page)["digit"] == indices[4]
    assert f"test image {indices[4]}, a zero" in text(page, "#image-note")
    element(page, "#model-regular").click()
    page.switch_to.active_element.send_keys(Keys.ARROW_DOWN)
    assert state(page)["model"] == "robust_0.1"
    assert "The robust model (ε = 0.1)" in text(page, "#verdict")


def test_every_control_is_reached_with_tab(page):
    from selenium.webdriver.common.keys import Keys

    run(page, "explorer.set({ source: 'drawn' })")
    reached = []
    for _ in range(8):
        page.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(run(page, "return document.activeElement.id || document.activeElement.name"))
    assert reached[:7] == ["source", "pad", "label", "clear", "clip", "epsilon", "model"]


def test_clipping_shows_the_smaller_shift_and_keeps_the_exact_smallest_epsilon(page):
    run(page, "explorer.set({ model: 'regular', epsilon: 0.2 })")
    marks = run(page, "return [...document.querySelectorAll('.mark')].map(mark => mark.dataset.x)")
    element(page, "#clip").click()
    attacked, clean, norm = run(
        page,
        """const { image, label } = explorer.currentImage(), model = explorer.models[0];
        const { attacked, clean } = explorer.outcome(image, label, model, 0.2, true);
        return [attacked, clean, model.norm]""",
    )
    assert abs(attacked - clean) < 0.2 * norm
    assert f"shift {abs(attacked - clean):.2f} of" in text(page, "#logit-line .outcome")
    assert f"{attacked:.2f}".replace("-", "−") in text(page, "#verdict")
    assert "without clipping" in text(page, "#verdict")
    assert run(page, "return [...document.querySelectorAll('.mark')].map(mark => mark.dataset.x)") == marks
    perturbed = run(
        page,
        """const { image, label } = explorer.currentImage();
        return Array.from(explorer.attack(image, label, explorer.models[0], 0.2, true))""",
    )
    assert min(perturbed) == 0
    assert max(perturbed) == 1


# Drawing


def draw(page, pointer: str, moves: list[tuple[int, int]]) -> None:
    """Draw a stroke on the pad; the first position is measured from its middle, the others from the last."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.pointer_input import PointerInput

    actions = ActionChains(page, duration=10, devices=[PointerInput(pointer, pointer)])
    first, *others = moves
    actions.w3c_actions.pointer_action.move_to(element(page, "#pad"), *first).pointer_down()
    for x, y in others:
        actions.w3c_actions.pointer_action.move_by(x, y)
    actions.w3c_actions.pointer_action.release()
    actions.perform()


@pytest.mark.parametrize("pointer", ["mouse", "pen", "touch"])
def test_a_digit_drawn_with_any_pointer_is_read_with_the_label_that_the_reader_gives(page, pointer):
    element(page, "input[name=source][value=drawn]").click()
    assert text(page, "#verdict") == "Draw a zero or a one on the pad."
    draw(page, pointer, [(0, -70), (2, 40), (0, 40), (-2, 50)])
    assert len(state(page)["strokes"]) == 1
    assert len(state(page)["strokes"][0]) == 4
    run(page, "explorer.set({ model: 'robust_0.2', epsilon: 0 })")
    element(page, "input[name=label][value=one]").click()
    assert "is right: it says one" in text(page, "#verdict")
    element(page, "input[name=label][value=zero]").click()
    assert "is wrong without any perturbation: it says one, but this is a zero" in text(page, "#verdict")
    element(page, "#clear").click()
    assert state(page)["strokes"] == []
    assert text(page, "#verdict") == "Draw a zero or a one on the pad."


def test_moving_without_pressing_draws_nothing(page):
    from selenium.webdriver import ActionChains

    run(page, "explorer.set({ source: 'drawn' })")
    pad = element(page, "#pad")
    ActionChains(page).move_to_element_with_offset(pad, -50, -50).move_by_offset(80, 80).perform()
    assert state(page)["strokes"] == []


def test_drawing_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    run(page, "explorer.set({ source: 'drawn' })")
    pad = element(page, "#pad")
    pad.send_keys(Keys.ARROW_UP * 9, Keys.SPACE, Keys.ARROW_DOWN * 18, Keys.SPACE, Keys.ARROW_LEFT)
    (stroke,) = state(page)["strokes"]
    assert stroke[0] == [56, 20]
    assert stroke[-1] == [56, 92]
    run(page, "explorer.set({ label: 1, model: 'optimum_0.3', epsilon: 0 })")
    assert "is right: it says one" in text(page, "#verdict")


def test_mnists_own_digits_are_already_normalised(page):
    """The independent truth about scaling and centring: MNIST's images must come back as they went in."""
    differences = run(
        page,
        """return explorer.digits.map(({ image }) => {
            const again = explorer.normalise(image);
            return Math.max(...image.map((value, i) => Math.abs(value - again[i])));
        })""",
    )
    assert max(differences) < 1e-12


@pytest.mark.parametrize("size", [30, 60, 112])
def test_a_drawing_is_scaled_to_the_box_and_centred_by_mass(page, size):
    """An ellipse of any size and place fills 20 pixels of height, keeps its proportions, and lies centred."""
    picture = np.zeros((112, 112))
    rows, columns = np.mgrid[:size, : size // 2]
    inside = ((rows + 0.5) / size - 0.5) ** 2 + ((columns + 0.5) / (size // 2) - 0.5) ** 2 <= 0.25
    picture[:size, : size // 2] = inside
    picture = np.roll(picture, (112 - size) // 3, axis=(0, 1))
    image = np.array(
        run(page, "return Array.from(explorer.normalise(arguments[0]))", picture.ravel().tolist())
    )
    image = image.reshape(28, 28)
    assert (image.max(axis=1) > 0).sum() == 20
    assert (image.max(axis=0) > 0).sum() == 10
    assert image.sum() == pytest.approx(inside.sum() * (20 / size) ** 2, rel=0.01)
    assert ((image > 0) & (image < 1)).any()
    for axis in (0, 1):
        centre = (image.sum(axis=1 - axis) * (np.arange(28) + 0.5)).sum() / image.sum()
        assert 14 - 1e-9 <= centre <= 15 + 1e-9


# Links


def test_a_link_restores_the_view(page):
    run(
        page,
        "explorer.set({ digit: explorer.digits[5].index, model: 'optimum_0.1', epsilon: 0.305, clip: true })",
    )
    fragment, view, verdict = fragment_at_rest(page), state(page), text(page, "#verdict")
    open_page(page)
    assert state(page) != view
    open_page(page, fragment)
    assert state(page) == view
    assert text(page, "#verdict") == verdict
    assert element(page, "#clip").is_selected()
    assert element(page, "input[name=model]:checked").get_attribute("value") == "optimum_0.1"


def test_a_link_restores_a_drawing_point_for_point(page):
    run(page, "explorer.set({ source: 'drawn', label: 1 })")
    draw(page, "mouse", [(-20, -60), (30, 50), (-10, 60)])
    draw(page, "mouse", [(-40, 70), (80, 0)])
    image = "return Array.from(explorer.currentImage().image)"
    fragment, strokes, pixels = fragment_at_rest(page), state(page)["strokes"], run(page, image)
    assert len(strokes) == 2
    open_page(page, fragment)
    assert state(page)["strokes"] == strokes
    assert state(page)["label"] == 1
    assert run(page, image) == pixels


def test_editing_the_address_changes_the_view(page):
    run(page, "location.hash = '#model=robust_0.3&epsilon=0.4'")
    page.execute_async_script("setTimeout(arguments[0], 50)")
    assert state(page)["model"] == "robust_0.3"
    assert text(page, "#epsilon-value") == "0.400"


@pytest.mark.parametrize(
    "fragment",
    [
        "#digit=-1&model=none&epsilon=x",
        "#epsilon=NaN&clip=maybe",
        "#drawn=%%%&label=seven",
        "#drawn=____",
        "#<b>",
    ],
)
def test_a_spoiled_link_still_shows_a_page(page, fragment):
    open_page(page, fragment)
    assert text(page, "#epsilon-value") == "0.200"
    assert state(page)["model"] == "regular"
    assert text(page, "#verdict")


def test_a_link_beyond_the_slider_ends_at_its_end(page):
    open_page(page, "#epsilon=7")
    assert state(page)["epsilon"] == 0.5


# Screens, eyes and ears


@pytest.mark.parametrize("source", ["test", "drawn"])
@pytest.mark.parametrize("width", [360, 390, 701, 801, 1000, 1150, 1280])
def test_no_width_scrolls_sideways_or_has_tiny_targets(page, width, source):
    resize(page, width)
    open_page(page)
    run(page, "explorer.set({ source: arguments[0], epsilon: 0.5, clip: true })", source)
    assert run(page, "return document.documentElement.scrollWidth") <= width
    spilling, small, overlapping = run(
        page,
        """const shown = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility());
        const spilling = shown.filter(e => e.getBoundingClientRect().right > innerWidth + 0.5);
        const targets = shown.filter(e => e.matches('label:has(input), button, #epsilon, #pad'));
        const small = targets.filter(e => {
            const { width, height } = e.getBoundingClientRect();
            return Math.min(width, height) < 24;
        });
        const texts = shown.filter(e => e.matches('figcaption, .name, h2:not(.hidden)'));
        const overlapping = texts.filter(e => e.scrollWidth > e.clientWidth + 1);
        return [spilling, small, overlapping].map(list => list.map(e => e.outerHTML.slice(0, 80)))""",
    )
    assert spilling == []
    assert small == []
    assert overlapping == []


def test_dark_mode_turns_paper_and_ink_round(page):
    luminance = """const [r, g, b] = getComputedStyle(document.body)[arguments[0]].match(/\\d+/g);
        return (Number(r) + Number(g) + Number(b)) / 765"""
    corner = """const context = document.createElement('canvas').getContext('2d');
        context.drawImage(document.getElementById('image'), 0, 0);
        return context.getImageData(0, 0, 1, 1).data[0]"""
    assert run(page, luminance, "backgroundColor") > 0.9 > 0.1 > run(page, luminance, "color")
    assert run(page, corner) > 230
    resize(page, 1280, prefers_color_scheme="dark")
    page.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0], 50))")
    assert run(page, luminance, "backgroundColor") < 0.15 < 0.85 < run(page, luminance, "color")
    assert run(page, corner) < 40  # the pictures follow without a reload


def test_reduced_motion_stops_the_transitions(page):
    duration = "return getComputedStyle(document.querySelector('.model')).transitionDuration"
    assert run(page, duration) != "0s"
    resize(page, 1280, prefers_reduced_motion="reduce")
    assert run(page, duration) == "0s"


@pytest.mark.parametrize("source", ["test", "drawn"])
def test_everything_that_takes_the_focus_has_a_name(page, source):
    run(page, "explorer.set({ source: arguments[0] })", source)
    nodes = page.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    controls = [
        node
        for node in nodes
        if not node["ignored"]
        and any(p["name"] == "focusable" and p["value"].get("value") for p in node.get("properties", []))
        and node["role"]["value"] != "RootWebArea"
    ]
    roles = {node["role"]["value"] for node in controls}
    assert {"radio", "slider", "switch"} <= roles
    images = [node for node in nodes if not node["ignored"] and node["role"]["value"] in ("image", "img")]
    assert len(images) >= 6  # four pictures, the number line, the curves
    unnamed = [node["role"]["value"] for node in controls + images if not node["name"]["value"].strip()]
    assert unnamed == []


def test_screen_readers_hear_each_verdict_once_and_no_steps_between(page):
    run(page, "explorer.set({ model: 'regular', epsilon: 0.1 })")
    page.execute_async_script("setTimeout(arguments[0], 700)")
    said = page.execute_async_script(
        """const done = arguments[0], said = [], slider = document.getElementById('epsilon');
        const status = document.getElementById('announcement');
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
        for (let step = 0; step <= 20; step++) {
            slider.value = 0.1 + step / 200;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        }
        setTimeout(() => done(said), 800)"""
    )
    assert said == ["The regular model is fooled: it says one, but this is a zero."]
    assert element(page, "#announcement").get_attribute("role") == "status"


# The build


def start_build(*options: str | Path, hash_seed: str = "0") -> subprocess.Popen:
    command = [sys.executable, EXPLORER / "build.py", *options]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def failing_build(*options: str | Path) -> str:
    """The one line that a build fails with."""
    process = start_build(*options)
    output, errors = process.communicate()
    assert process.returncode == 1
    assert output == ""
    (line,) = errors.splitlines()
    return line


def test_two_builds_give_the_committed_page(tmp_path, committed):
    paths = [tmp_path / "1.html", tmp_path / "2.html"]
    inputs = ["--results-dir", committed / "results", "--optima-dir", committed / "extensions" / "results"]
    builds = [start_build(*inputs, "--output", path, hash_seed=path.stem) for path in paths]
    for process in builds:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert first == (committed / PAGE.relative_to(ROOT)).read_bytes(), (
        "stale: run `python extensions/explorer/build.py`"
    )
    assert sorted(tmp_path.iterdir()) == paths


def test_the_page_is_small_and_stands_alone():
    assert PAGE.stat().st_size <= 600_000
    page = PAGE.read_text(encoding="utf-8")
    assert "{{" not in page
    assert "default-src 'none'" in page
    for outside in ("http://", "https://", "src=", "@import", "url(", "fetch("):
        assert outside not in page


def test_missing_runs_are_one_line_and_leave_the_page_alone(tmp_path):
    output = tmp_path / "page.html"
    output.write_text("the page before")
    line = failing_build("--results-dir", tmp_path / "nowhere", "--output", output)
    assert "python experiment_regular.py" in line
    assert output.read_text() == "the page before"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_damaged_optimum_is_one_line(tmp_path):
    (tmp_path / "optimum_0.1.npz").write_bytes(b"PK\3\4 and no more")
    line = failing_build("--optima-dir", tmp_path, "--output", tmp_path / "page.html")
    assert "optimum_0.1.npz" in line
    assert "python extensions/optimum.py" in line
    assert not (tmp_path / "page.html").exists()


def test_without_optima_the_page_has_the_posts_models(builder, tmp_path):
    assert [model["id"] for model in builder.load_models(ROOT / "results", tmp_path)] == [
        "regular",
        "robust_0.1",
        "robust_0.2",
        "robust_0.3",
    ]


def test_a_page_too_large_or_in_no_folder_is_not_written(builder, tmp_path):
    from command_line import UserError

    with pytest.raises(UserError, match="more than"):
        builder.write("x" * 600_001, tmp_path / "page.html")
    with pytest.raises(UserError, match="No such file"):
        builder.write("x", tmp_path / "nowhere" / "page.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mistakes", [0, 6, 14, 30])
def test_choice_takes_mistakes_first_then_near_ones_then_all_kinds(builder, mistakes):
    generator = np.random.default_rng(mistakes)
    labels = np.repeat([-1.0, 1.0], 500)
    nearest = generator.permutation(np.tile(np.linspace(0.001, 1, 500), 2))
    for label in (-1, 1):
        wrong = generator.choice(np.flatnonzero(labels == label), mistakes, replace=False)
        nearest[wrong] = -generator.random(mistakes)
    chosen = np.array(builder.choose(nearest, labels))
    assert len(set(chosen)) == 40
    for label, part in ((-1, chosen[:20]), (1, chosen[20:])):
        assert set(labels[part]) == {label}
        assert (nearest[part] <= 0).sum() == min(mistakes, 20)
        of_label = np.sort(nearest[labels == label])
        assert set(of_label[: min(max(10, mistakes), 20)]) <= set(nearest[part])
        if mistakes < 20:
            assert of_label[-1] in nearest[part]


def screenshot(path: Path = EXPLORER / "screenshot.png") -> None:
    """The README's picture of the page, as it opens."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = start_browser(profile)
        try:
            resize(browser, 1280, 912)
            open_page(browser)
            browser.execute_async_script("setTimeout(arguments[0], 300)")
            picture = browser.execute_cdp_cmd("Page.captureScreenshot", {})["data"]
        finally:
            browser.quit()
    path.write_bytes(base64.b64decode(picture))


if __name__ == "__main__":
    screenshot()
