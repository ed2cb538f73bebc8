// Controls

// Change the state and all that follows from it; the slider's way, so the one that has to be fast.
function set(changes) {
  const before = choices();
  Object.assign(state, changes);
  settle();
  if (choices() !== before) createChoices();
  if (Object.keys(changes).some((key) => key !== "epsilon")) drawChoices();
  draw();
  keepLink();
}

// What there is to choose from depends on these.
const choices = () => [state.pair, state.optima].join();

// Browsers allow only so many changes of the address a second, so it follows when the reader comes to rest.
let linking;
function keepLink() {
  clearTimeout(linking);
  linking = setTimeout(() => history.replaceState(null, "", toFragment()), 200);
}

// What depends on the pair
function createChoices() {
  const { digits, words, difference, constantFrom } = pair();
  document.querySelectorAll(".first-word").forEach((place) => { place.textContent = words[0]; });
  document.querySelectorAll(".second-word").forEach((place) => { place.textContent = words[1]; });
  ["first", "second"].forEach((name, i) => {
    $(name).value = digits[i];
    for (const option of $(name).options) option.disabled = Number(option.value) === digits[1 - i];
    paintInk($(`${name}-mean`), means[digits[i]]);
    $(`${name}-mean`).ariaLabel = `The mean ${words[i]}`;
  });
  const most = difference.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  $("means-note").textContent = `The means of all training images. Nowhere do they differ by more than ${number(most, 3)}: ` +
    `from half of that on, or a little earlier, a constant answer has the least robust hinge loss (ε = ${number(constantFrom, 3)}).`;
  createDigits();
  createModels();
  createAttackers();
  createCurves();
}

// Fill a fieldset with labelled radio buttons, keeping its legend and the focus.
function fill(fieldset, labels) {
  const focused = fieldset.contains(document.activeElement) && document.activeElement.value;
  fieldset.querySelectorAll("label").forEach((label) => label.remove());
  fieldset.append(...labels);
  if (focused) [...fieldset.querySelectorAll("input")].find((input) => input.value === focused)?.focus();
}

function labelled(html, properties = {}) {
  const label = Object.assign(document.createElement("label"), properties);
  label.innerHTML = html;
  return label;
}

function createDigits() {
  fill($("digits"), pair().images.map(({ index, label, image, hard }) => {
    const name = `Test image ${index}, ${withArticle(label)}${hard ? ", which some model gets wrong" : ""}`;
    const choice = labelled(`<input type="radio" name="image" value="${index}" aria-label="${name}">
      <canvas width="28" height="28" aria-hidden="true"></canvas>${hard ? '<i class="dot"></i>' : ""}`, { title: name });
    paintInk(choice.querySelector("canvas"), image);
    return choice;
  }));
}

function createModels() {
  fill($("models"), shownModels().map((model) => {
    const card = labelled(`<input type="radio" name="model" value="${model.id}">
      <span class="name"><span class="letter">${model.letter}</span> ${model.name}</span>
      <canvas width="28" height="28" aria-hidden="true"></canvas>
      <span class="outcome"><span class="verdict"></span> <span class="least"></span></span>
      <svg class="stroke ${model.stroke}" aria-hidden="true"><line x2="100%" y1="4.5" y2="4.5"/></svg>`,
    { className: "model", id: `model-${model.letter}` });
    paintWeights(card.querySelector("canvas"), model);
    return card;
  }));
}

function createAttackers() {
  const ids = ["model", "means", ...shownModels().map((model) => model.id)];
  fill($("attackers"), ids.map((id) => labelled(`<input type="radio" name="attacker" value="${id}">${attackerName(id)}`)));
}

function createDigitChoosers() {
  for (const name of ["first", "second"]) {
    $(name).append(...WORDS.map((text, digit) => new Option(text, digit)));
    $(name).addEventListener("change", () => {
      const chosen = [Number($("first").value), Number($("second").value)].sort();
      set({ pair: chosen.join("-"), strokes: state.source === "drawn" ? [] : state.strokes });
    });
  }
}

// What is chosen, after any change but that of ε
function drawChoices() {
  const check = (name, value) => { document.querySelector(`input[name=${name}][value="${value}"]`).checked = true; };
  for (const name of ["source", "label", "model", "attacker"]) check(name, state[name]);
  check("image", state.image);
  $("unlimited").checked = !state.clip;
  $("optima").checked = state.optima;
  $("optima-note").hidden = !state.optima;
  $("test-panel").hidden = state.source !== "test";
  $("drawn-panel").hidden = state.source !== "drawn";
  drawPad();
}

// Doors stand open in front of what a link has changed.
function openDoors() {
  if (state.pair !== "0-1" || state.image !== data.opening || state.source === "drawn") $("digits-door").open = true;
  if (state.attacker !== "model") $("attacker-door").open = true;
}


// The pen: `at` in points of the pad, `down` while it draws; `visible` only when the keyboard moves it.

const pen = { at: [PAD / 2, PAD / 2], down: false, visible: false };

function drawPad() {
  paintInk($("pad"), Array.from(rasterise(state.strokes), Number));
  if (!pen.visible) return;
  const context = $("pad").getContext("2d");
  context.beginPath();
  context.arc(...pen.at, PEN, 0, 2 * Math.PI);
  context.lineWidth = 1.5;
  context.strokeStyle = `rgb(${palette.green})`;
  context.stroke();
}

function movePen(x, y) {
  pen.at = [x, y].map((value) => within(Math.round(value), 0, PAD - 1));
  if (!pen.down || state.strokes.flat().length >= LONGEST_DRAWING) return drawPad();
  const stroke = state.strokes.at(-1);
  set({ strokes: [...state.strokes.slice(0, -1), [...stroke, pen.at]] });
}

function putPenDown(x, y) {
  pen.down = true;
  set({ strokes: [...state.strokes, []] });
  movePen(x, y);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
// Where a pointer is, in units of the picture
const placeOn = (canvas, event) => [
  (event.offsetX / canvas.clientWidth) * canvas.width, (event.offsetY / canvas.clientHeight) * canvas.height,
];

function listenToPad(pad) {
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    pen.visible = false;
    putPenDown(...placeOn(pad, event));
  });
  pad.addEventListener("pointermove", (event) => { if (pen.down && !pen.visible) movePen(...placeOn(pad, event)); });
  for (const end of ["pointerup", "pointercancel", "blur"]) pad.addEventListener(end, () => { pen.down = false; });
  pad.addEventListener("blur", () => { pen.visible = false; drawPad(); });
  pad.addEventListener("keydown", (event) => {
    const move = ARROWS[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    pen.visible = true;
    if (move) movePen(pen.at[0] + FINE * move[0], pen.at[1] + FINE * move[1]);
    else if (pen.down) pen.down = false;
    else putPenDown(...pen.at);
  });
}


function listen() {
  $("epsilon").addEventListener("input", (event) => set({ epsilon: event.target.valueAsNumber }));
  $("unlimited").addEventListener("change", (event) => set({ clip: !event.target.checked }));
  $("optima").addEventListener("change", ({ target }) => {
    const kept = target.checked || !state.model.startsWith("optimum");
    set({ optima: target.checked, model: kept ? state.model : "regular" });
  });
  document.addEventListener("change", ({ target }) => {
    if (target.type === "radio") set({ [target.name]: ["image", "label"].includes(target.name) ? Number(target.value) : target.value });
  });
  $("clear").addEventListener("click", () => set({ strokes: [] }));
  listenToPad($("pad"));
  addEventListener("hashchange", () => { set(fromFragment(location.hash)); openDoors(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readPalette(); createChoices(); set({ ...state }); });
  new ResizeObserver(draw).observe(document.querySelector("main"));
}

readPalette();
createDigitChoosers();
Object.assign(state, fromFragment(location.hash));
settle();
createChoices();
set({ ...state });
openDoors();
listen();

// For the tests, and for whoever opens the console: `explorer.set({ pair: "4-9", epsilon: 0.2, clip: false })` changes
// the page as the controls do.
window.explorer = {
  images, pairOf, state, set, currentImage, shownModels, directionOf, outcome, normalise,
  settled: () => location.hash === toFragment(),
};
