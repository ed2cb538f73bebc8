// Controls

// Change the state and all that follows from it; the slider's way, so the one that has to be fast.
function set(changes) {
  const before = choices();
  Object.assign(state, changes);
  settle();
  if (choices() !== before) createChoices();
  if (Object.keys(changes).some((name) => name !== "epsilon")) drawChoices();
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

function createChoices() {
  const { digits, words } = pair();
  document.querySelectorAll(".first-word").forEach((place) => { place.textContent = words[0]; });
  document.querySelectorAll(".second-word").forEach((place) => { place.textContent = words[1]; });
  ["first", "second"].forEach((name, i) => {
    $(name).value = digits[i];
    for (const option of $(name).options) option.disabled = Number(option.value) === digits[1 - i];
    paint($(`${name}-mean`), means[digits[i]]);
    $(`${name}-mean`).ariaLabel = `The mean ${words[i]}`;
  });
  createDigits();
  createModels();
  createAttackers();
}

// Fill a fieldset with labelled radio buttons, keeping its legend.
const fill = (fieldset, labels) => fieldset.replaceChildren(fieldset.querySelector("legend"), ...labels);

function labelled(innerHTML, properties) {
  return Object.assign(document.createElement("label"), { innerHTML, ...properties });
}

function createDigits() {
  fill($("digits"), pair().images.map(({ index, label, image, hard }) => {
    const name = `Test image ${index}, ${withArticle(label)}${hard ? ", which some model gets wrong" : ""}`;
    const choice = labelled(`<input type="radio" name="image" value="${index}" aria-label="${name}">
      <canvas width="28" height="28" aria-hidden="true"></canvas>${hard ? '<i class="dot"></i>' : ""}`, { title: name });
    paint(choice.querySelector("canvas"), image);
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
    paint(card.querySelector("canvas"), model.picture);
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
      set({ pair: [$("first").value, $("second").value].sort().join("-"), strokes: [] });
    });
  }
}

function drawChoices() {
  for (const name of ["source", "label", "model", "attacker", "image"]) {
    document.querySelector(`input[name=${name}][value="${state[name]}"]`).checked = true;
  }
  $("unlimited").checked = !state.clip;
  $("optima").checked = state.optima;
  $("optima-note").hidden = !state.optima;
  $("test-panel").hidden = state.source !== "test";
  $("drawn-panel").hidden = state.source !== "drawn";
  drawPad();
}


// The pen: `at` in points of the pad, `down` while it draws; `visible` only when the keyboard moves it.

const pen = { at: [PAD / 2, PAD / 2], down: false, visible: false };

function drawPad() {
  paint($("pad"), Array.from(rasterise(state.strokes), Number));
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
  if (!pen.down) return drawPad();
  set({ strokes: [...state.strokes.slice(0, -1), [...state.strokes.at(-1), pen.at]] });
}

function putPenDown(x, y) {
  pen.down = true;
  state.strokes = [...state.strokes, []];
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
  $("optima").addEventListener("change", (event) => set({ optima: event.target.checked }));
  document.addEventListener("change", ({ target }) => {
    if (target.type === "radio") set({ [target.name]: valueOf(target.name, target.value) });
  });
  $("clear").addEventListener("click", () => set({ strokes: [] }));
  listenToPad($("pad"));
  addEventListener("hashchange", () => location.reload());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    readPalette();
    createChoices();
    set({ ...state });
  });
  new ResizeObserver(draw).observe(document.querySelector("main"));
}

readPalette();
createDigitChoosers();
settle();
const opening = { ...state };
readFragment();
settle();
createChoices();
set({ ...state });
// Doors stand open in front of what a link has changed.
$("digits-door").open = ["pair", "source", "image"].some((name) => state[name] !== opening[name]);
$("attacker-door").open = state.attacker !== opening.attacker;
listen();

// For the tests, and for whoever opens the console: `explorer.set({ pair: "4-9", epsilon: 0.2, clip: false })` changes
// the page as the controls do.
window.explorer = {
  images, pairOf, state, set, currentImage, shownModels, directionOf, outcome, normalise,
  settled: () => location.hash === toFragment(),
};
