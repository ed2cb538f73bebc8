"""The explorer in two browser engines, and its numbers against NumPy's.

What needs a pointer or a keyboard is asked of Chromium alone, numbers, links and layout of Firefox too.
"""

import itertools

import numpy as np
import pytest

pytest.importorskip("selenium")

from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.pointer_input import PointerInput

from explorer import browsers, build
from studies.shared import files, images
from support.options import UserError
from support.runs import load_models

pytestmark = pytest.mark.slow
only_chromium = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


@pytest.fixture(scope="module", params=browsers.ENGINES)
def browser(request):
    try:
        with browsers.open_browser(request.param) as browser:
            yield browser
    except UserError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def page(browser):
    """The page, just opened; whatever a test does, nothing is requested and the console stays empty."""
    browsers.show(browser)
    open_page(browser)
    yield browser
    assert run(browser, "return performance.getEntriesByType('resource').length") == 0
    if browser.engine == "chromium":
        assert browser.get_log("browser") == []


def open_page(browser, fragment: str = "") -> None:
    browser.get("about:blank")  # else a new fragment would not load the page anew
    browser.get(build.PAGE.as_uri() + fragment)


def run(page, script: str, *arguments):
    return page.execute_script(script, *arguments)


def element(page, selector: str):
    return page.find_element("css selector", selector)


def text(page, selector: str) -> str:
    return run(page, "return document.querySelector(arguments[0]).textContent.trim()", selector)


def state(page) -> dict:
    return run(page, "return { ...explorer.state }")


def change(page, **changes) -> None:
    run(page, "explorer.set(arguments[0])", changes)


def open_doors(page) -> None:
    run(page, "document.querySelectorAll('details').forEach(door => { door.open = true; })")


# Numbers against NumPy


def attacked(weights, pixels, labels, epsilons, known, clip: bool) -> np.ndarray:
    """Logits (M, N) of images (N, 784) moved by `epsilons`, a number or (M, N), by the signs of `known`."""
    sizes = np.broadcast_to(labels * epsilons, (len(weights), len(labels)))
    moved = pixels - sizes[..., None] * np.broadcast_to(np.sign(known), (len(weights), 784))[:, None]
    moved = moved.clip(0, 1) if clip else moved
    return np.einsum("mnd,md->mn", moved, weights[:, :-1]) + weights[:, -1:]


def test_logits_smallest_epsilons_and_verdicts_equal_numpys(page):
    """The smallest ε is where the margin of the image really moved goes through 0."""
    script = """const [name, cases, epsilon] = arguments;
        explorer.set({ pair: name });
        const { models, images } = explorer.pairOf(name);
        return [images.map(one => one.index), cases.map(([attacker, clip]) => models.map(model => {
            const direction = explorer.directionOf(attacker, model);
            return images.map(({ image, label }) => {
                const found = explorer.outcome(image, label, model, epsilon, clip, direction);
                const verdict = ["wrong", "fooled", "right"].indexOf(found.verdict);
                return [found.clean, found.smallest === Infinity ? -1 : found.smallest, found.after, verdict];
            });
        }))]"""
    cases = list(itertools.product(["model", "means", "regular"], [False, True]))
    epsilon = 0.2
    all_pixels, digits = images.all_digits("test")
    models = build.load_models()
    for pair in images.PAIRS[::4]:
        shown, found = run(page, script, "{}-{}".format(*pair), cases, epsilon)
        pixels, labels = all_pixels[shown] / 255.0, np.where(digits[shown] == pair[1], 1.0, -1.0)
        assert digits[shown].tolist() == [pair[0]] * 8 + [pair[1]] * 8
        weights = models[pair].astype(np.float64)
        means = build.mean_image(pair[1]) - build.mean_image(pair[0])
        for (attacker, clip), values in zip(cases, map(np.array, found), strict=True):
            known = {"model": weights[:, :-1], "means": means, "regular": weights[0, :-1]}[attacker]
            clean, smallest, after, verdict = np.moveaxis(values, 2, 0)
            moved = attacked(weights, pixels, labels, epsilon, known, clip)
            np.testing.assert_allclose(clean, weights[:, :-1] @ pixels.T + weights[:, -1:], atol=1e-9)
            np.testing.assert_allclose(after, moved, atol=1e-9)
            np.testing.assert_array_equal(verdict, (labels * clean > 0) * (1 + (labels * after > 0)))
            np.testing.assert_array_equal(smallest == 0, labels * clean <= 0)
            for side in (-1, 1):
                epsilons = np.where(smallest < 0, 9, smallest * (1 + side * 1e-6) + side * 1e-9)
                margin = labels * attacked(weights, pixels, labels, epsilons, known, clip)
                assert (side * margin[smallest > 0] < 1e-7).all()
                assert (margin[smallest < 0] > 0).all()


@only_chromium
def test_the_curves_are_those_of_the_runs(page):
    curves = run(page, "return explorer.pairOf('0-1').models.map(model => model.right)")
    for run_, right in zip(load_models(), curves, strict=False):
        counts = run_.accuracy * len(run_.labels)
        assert np.abs(np.array(right) - counts).max() <= 1  # float32 may decide a tie


# What the reader does


def marks(page) -> dict[str, float]:
    """Where the mark of each model stands, in pixels."""
    script = "return [...document.querySelectorAll('.mark')].map(({ dataset }) => [dataset.model, dataset.x])"
    return {model: float(x) for model, x in run(page, script)}


@only_chromium
def test_the_slider_moves_everything_by_keyboard(page):
    change(page, epsilon=0.14)
    assert "is right: it says zero" in text(page, "#verdict")
    before = text(page, "#logit-line .outcome")
    slider = element(page, "#epsilon")
    slider.send_keys(Keys.ARROW_RIGHT * 12)
    assert state(page)["epsilon"] == pytest.approx(0.2)
    assert text(page, "#epsilon-value") == "0.200"
    assert "is fooled: it says one, but this is a zero" in text(page, "#verdict")
    assert text(page, "#logit-line .outcome") != before
    assert "fooled" in text(page, "#model-A")
    assert text(page, "#strip-title") == "1 of 4 models is mistaken"
    slider.send_keys(Keys.HOME)
    assert text(page, "#strip-title") == "None of 4 models is mistaken"


def test_marks_stand_where_the_slider_reaches_them(page):
    script = """const { image, label } = explorer.currentImage(), thumb = 24;
        const width = document.getElementById('epsilon').clientWidth - thumb;
        const epsilonAt = x => (x - thumb / 2) / width / 2;
        return [epsilonAt(document.querySelector('.limit').dataset.x), ...explorer.shownModels().map(model =>
            explorer.outcome(image, label, model, epsilonAt(arguments[0][model.id]), true,
                explorer.directionOf('model', model)).after)]"""
    limit, *logits = run(page, script, marks(page))
    assert limit == pytest.approx(files.numbers("digits").pairs["0 1"].threshold, abs=1e-4)
    assert logits == pytest.approx([0] * 4, abs=1e-9)


@only_chromium
def test_unlimited_pixels_and_weaker_attackers_are_a_click_away(page):
    opening = marks(page)
    assert text(page, "#changed-note") == "from white (0) to black (1)"
    element(page, "#unlimited").click()
    assert text(page, "#changed-note") == "pixels from −0.200 to 1.200"
    unlimited = marks(page)
    assert unlimited["regular"] < opening["regular"]
    element(page, "#attacker-door summary").click()
    element(page, "input[name=attacker][value=means]").click()
    assert all(x > unlimited[model] for model, x in marks(page).items())
    assert "of the reach ε‖w‖₁ = 8.15" in text(page, "#logit-line .outcome")


@only_chromium
def test_any_two_digits(page):
    element(page, "#digits-door summary").click()
    element(page, "#second").send_keys("four")
    element(page, "#first").send_keys("nine")
    assert state(page)["pair"] == "4-9"
    assert text(page, "#image-note").endswith(", a four")
    assert text(page, ".second-word") == "nine"
    element(page, "#digits label:last-of-type").click()
    assert text(page, "#image-note").endswith(", a nine")
    ActionChains(page).send_keys(Keys.ARROW_LEFT).perform()
    assert state(page)["image"] == run(page, "return explorer.pairOf('4-9').images[14].index")
    change(page, epsilon=0.3)
    assert "a lower robust hinge loss" not in text(page, "#marks-note")
    change(page, epsilon=0.35)
    assert "a lower robust hinge loss" in text(page, "#marks-note")
    assert "always says" in text(page, "#model-D")
    element(page, "#optima").click()
    assert len(page.find_elements("css selector", ".model")) == 7
    change(page, attacker="optimum 0.2", model="optimum 0.3")
    element(page, "#optima").click()  # and what isn't shown can't be chosen
    assert (state(page)["attacker"], state(page)["model"]) == ("model", "regular")


@only_chromium
@pytest.mark.parametrize("pointer", ["mouse", "touch"])
def test_a_drawn_digit_is_read_as_the_pair_chosen(page, pointer):
    change(page, pair="1-7", source="drawn", model="0.1", epsilon=0)
    open_doors(page)
    assert text(page, "#verdict") == "Draw a one or a seven on the pad."
    pad = element(page, "#pad")
    run(page, "arguments[0].scrollIntoView({ block: 'center' })", pad)
    actions = ActionChains(page, duration=10, devices=[PointerInput(pointer, pointer)]).w3c_actions
    actions.pointer_action.move_to(pad, 0, -70).pointer_down()
    for x, y in [(2, 40), (0, 40), (-2, 50)]:
        actions.pointer_action.move_by(x, y)
    actions.pointer_action.release()
    actions.perform()
    assert list(map(len, state(page)["strokes"])) == [4]
    assert "The robust model (ε = 0.1) is right: it says one." in text(page, "#verdict")
    element(page, "input[name=label][value='1']").click()
    assert "is wrong as it is: it says one, but this is a seven" in text(page, "#verdict")
    element(page, "#clear").click()
    assert state(page)["strokes"] == []


@only_chromium
def test_drawing_by_keyboard(page):
    change(page, source="drawn")
    open_doors(page)
    keys = [*Keys.ARROW_UP * 9, Keys.SPACE, *Keys.ARROW_DOWN * 18, Keys.SPACE, Keys.ARROW_LEFT]
    element(page, "#pad").send_keys(*keys)
    (drawn,) = state(page)["strokes"]
    assert (drawn[0], drawn[-1]) == ([56, 20], [56, 92])


@pytest.mark.parametrize(
    "changes",
    [
        {"pair": "3-5", "optima": True, "model": "optimum 0.1", "epsilon": 0.305, "clip": False},
        {"source": "drawn", "label": 1, "strokes": [[[40, 20], [70, 80]], [[30, 60]]], "attacker": "means"},
    ],
)
def test_a_link_restores_the_view(page, changes):
    change(page, **changes)
    browsers.wait(page, lambda: run(page, "return explorer.settled()"))
    fragment, view, verdict = run(page, "return location.hash"), state(page), text(page, "#verdict")
    assert view | changes == view
    open_page(page, fragment)
    assert (state(page), text(page, "#verdict")) == (view, verdict)
    doors = run(page, "return [...document.querySelectorAll('details[open]')].map(door => door.id)")
    assert doors == (["digits-door", "attacker-door"] if "attacker" in changes else ["digits-door"])


@pytest.mark.parametrize(
    "fragment", ["image=-1&model=x&epsilon=x&pair=9-4&source=x&label=x&attacker=x", "strokes=%%%", "<b>"]
)
def test_a_spoiled_link_still_shows_a_page(page, fragment):
    opening = state(page)
    open_page(page, f"#{fragment}")
    assert state(page) == opening
    assert text(page, "#verdict")


@pytest.mark.parametrize("width", [390, 1000])
def test_no_width_scrolls_sideways_or_has_tiny_targets(page, width):
    script = """const shown = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility());
        const edge = document.documentElement.clientWidth + 0.5;
        const spilling = shown.filter(e => e.getBoundingClientRect().right > edge
            || (e.matches('figcaption, .name') && e.scrollWidth > e.clientWidth + 1));
        const targets = 'label:has(input), button, select, summary, #epsilon, #pad';
        const small = shown.filter(e => e.matches(targets)).filter(e => {
            const { width, height } = e.getBoundingClientRect();
            return Math.min(width, height) < 24;
        });
        return [spilling, small].map(list => list.map(e => e.outerHTML.slice(0, 80)))"""
    browsers.show(page, width)
    for changes in ({"optima": True, "clip": False}, {"source": "drawn", "pair": "3-7"}):
        change(page, **changes)
        open_doors(page)
        assert run(page, script) == [[], []]


@only_chromium
def test_a_host_that_serves_the_folder_shows_the_page_with_the_view_in_the_address(page):
    page.get((build.HERE / "index.html").as_uri() + "#epsilon=0.3")
    browsers.wait(page, lambda: run(page, "return window.explorer?.state.epsilon") == 0.3)


@only_chromium
def test_dark_mode(page):
    looks = """const copy = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
        copy.drawImage(document.getElementById('image'), 0, 0);
        const pixels = copy.getImageData(0, 0, 28, 28).data;
        const darkest = pixels.findIndex((value, i) => i % 4 === 3 && value === 255) - 3;
        const { backgroundColor, color } = getComputedStyle(document.body);
        return [backgroundColor, color, `rgb(${[...pixels.slice(darkest, darkest + 3)].join(', ')})`]"""
    assert run(page, looks) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)", "rgb(0, 0, 0)"]
    browsers.show(page, dark=True)
    ink = "rgb(238, 238, 238)"
    browsers.wait(page, lambda: run(page, looks)[2] == ink)  # the pictures follow without a reload
    assert run(page, looks) == ["rgb(18, 18, 18)", ink, ink]


@only_chromium
def test_everything_that_takes_the_focus_has_a_name(page):
    selector = "input, select, button, summary, [tabindex], [role=img]"
    visible = "return [...document.querySelectorAll(arguments[0])].filter(one => one.checkVisibility())"
    for changes in ({"optima": True}, {"source": "drawn"}):
        change(page, **changes)
        open_doors(page)
        found = run(page, visible, selector)
        assert len(found) > 30
        assert [one.get_attribute("outerHTML") for one in found if not one.accessible_name.strip()] == []


@only_chromium
def test_screen_readers_hear_each_verdict_once_and_no_steps_between(page):
    change(page, epsilon=0.1)
    browsers.wait(page, lambda: "is right" in text(page, "#announcement"))
    script = """const slider = document.getElementById('epsilon');
        const status = document.getElementById('announcement');
        window.said = [];
        new MutationObserver(() => said.push(status.textContent)).observe(status, { childList: true });
        for (let step = 0; step <= 20; step++) {
            slider.value = 0.1 + step / 200;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        }"""
    run(page, script)
    browsers.wait(page, lambda: run(page, "return said.length > 0"))
    assert run(page, "return said") == ["The regular model is fooled: it says one, but this is a zero."]


@only_chromium
def test_mnists_own_digits_are_already_normalised(page):
    """The independent truth about scaling and centring: MNIST's images must come back as they went in."""
    script = """return [...explorer.images.values()].map(({ image }) => {
        const again = explorer.normalise(image);
        return Math.max(...image.map((value, i) => Math.abs(value - again[i])));
    })"""
    assert max(run(page, script)) < 1e-12


@only_chromium
@pytest.mark.parametrize("size", [30, 112])
def test_a_drawing_is_scaled_to_the_box_and_centred_by_mass(page, size):
    """An ellipse of any size and place fills 20 pixels of height, keeps its proportions, and lies centred."""
    picture = np.zeros((112, 112))
    rows, columns = np.mgrid[:size, : size // 2]
    inside = ((rows + 0.5) / size - 0.5) ** 2 + ((columns + 0.5) / (size // 2) - 0.5) ** 2 <= 0.25
    picture[:size, : size // 2] = inside
    picture = np.roll(picture, (112 - size) // 3, axis=(0, 1))
    image = np.array(run(page, "return [...explorer.normalise(arguments[0])]", picture.ravel().tolist()))
    image = image.reshape(28, 28)
    assert ((image.max(axis=1) > 0).sum(), (image.max(axis=0) > 0).sum()) == (20, 10)
    assert image.sum() == pytest.approx(inside.sum() * (20 / size) ** 2, rel=0.01)
    centre = (image * (np.mgrid[:28, :28] + 0.5)).sum(axis=(1, 2)) / image.sum()
    assert np.abs(centre - 14.5).max() <= 0.5 + 1e-9
