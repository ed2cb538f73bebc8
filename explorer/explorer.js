// The explorer's script: state, mathematics, drawing, controls, in this order. Nothing is loaded, nothing is sent.
//
// The page holds one JSON block, made by build.py:
//   epsilons    the 101 values of ε of the accuracy curves, which are also the slider's
//   testImages  how many test images the curves count
//   models      id, kind ("regular", "robust", "optimum"), epsilon of training, weights (785 float32: w, then b),
//               correct (of testImages, at each ε)
//   digits      index in the test set, label (-1 zero, +1 one), hard (some model gets it wrong), pixels (784 bytes)
"use strict";

const SIDE = 28;                    // pixels of an image
const PIXELS = SIDE * SIDE;
const BOX = 20;                     // MNIST's digits are scaled to fit a box of 20 x 20 pixels
const FINE = 4;                     // the drawing pad has 4 x 4 points to a pixel
const PAD = SIDE * FINE;
const PEN = 1.1 * FINE;             // the pen's radius, in points of the pad
const LONGEST_DRAWING = 2000;       // points; keeps links short
const LIFTED = 255;                 // ends a stroke in a link
const LARGEST_EPSILON = 0.5;
const THUMB = 24;                   // the slider's thumb, as in explorer.css

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const models = data.models.map((model, number) => {
  const numbers = Float64Array.from(new Float32Array(bytes(model.weights).buffer));
  const w = numbers.slice(0, PIXELS);
  return {
    ...model,
    letter: "ABCDEFGHIJ"[number],
    name: model.kind === "regular" ? "Regular" : `${model.kind === "robust" ? "Robust" : "Optimum"}, ε = ${model.epsilon}`,
    subject: {
      regular: "The regular model",
      robust: `The robust model (ε = ${model.epsilon})`,
      optimum: `The optimum (ε = ${model.epsilon})`,
    }[model.kind],
    stroke: `tone-${Math.round(10 * model.epsilon)} ${model.kind}`,
    w,
    b: numbers[PIXELS],
    norm: w.reduce((sum, weight) => sum + Math.abs(weight), 0),        // ‖w‖₁
    largest: w.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
  };
});
const digits = data.digits.map((digit) => ({
  ...digit,
  image: Float64Array.from(bytes(digit.pixels), (value) => value / 255),
}));


// State: all that a link holds. Everything on the page follows from it.

const state = {
  source: "test",                   // or "drawn"
  digit: digits[17].index,
  strokes: [],                      // of the drawing: lists of [x, y] in points of the pad
  label: -1,                        // what the drawing is meant as
  model: models[0].id,
  epsilon: 0.2,
  clip: false,
};

function toFragment() {
  const fragment = new URLSearchParams();
  if (state.source === "test") {
    fragment.set("digit", state.digit);
  } else {
    fragment.set("drawn", encodeStrokes(state.strokes));
    fragment.set("label", word(state.label));
  }
  fragment.set("model", state.model);
  fragment.set("epsilon", state.epsilon);
  if (state.clip) fragment.set("clip", "1");
  return `#${fragment}`;
}

// What a fragment says wrongly or not at all stays as it is.
function fromFragment(text) {
  const fragment = new URLSearchParams(text.slice(1));
  const changes = {};
  const epsilon = parseFloat(fragment.get("epsilon"));
  if (Number.isFinite(epsilon)) changes.epsilon = epsilon;
  if (models.some((model) => model.id === fragment.get("model"))) changes.model = fragment.get("model");
  const digit = digits.find((candidate) => String(candidate.index) === fragment.get("digit"));
  if (digit) Object.assign(changes, { source: "test", digit: digit.index });
  if (fragment.has("drawn")) Object.assign(changes, { source: "drawn", strokes: decodeStrokes(fragment.get("drawn")) });
  if (fragment.has("label")) changes.label = fragment.get("label") === "one" ? 1 : -1;
  if (text.length > 1) changes.clip = fragment.get("clip") === "1";
  return changes;
}

function encodeStrokes(strokes) {
  const numbers = strokes.flatMap((stroke) => [...stroke.flat(), LIFTED]);
  return btoa(String.fromCharCode(...numbers)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decodeStrokes(text) {
  let numbers;
  try {
    numbers = bytes(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return [];
  }
  const strokes = [[]];
  for (let i = 0; i < Math.min(numbers.length, 3 * LONGEST_DRAWING); i++) {
    if (numbers[i] === LIFTED) strokes.push([]);
    else if (numbers[i] < PAD && numbers[i + 1] < PAD) strokes.at(-1).push([numbers[i], numbers[++i]]);
  }
  return strokes.filter((stroke) => stroke.length);
}


// Mathematics. Images are 784 numbers, labels -1 or +1.

function logit(image, model) {
  let sum = model.b;
  for (let i = 0; i < PIXELS; i++) sum += model.w[i] * image[i];
  return sum;
}

// The worst perturbation of max norm ε, -yε·sign(w), added to an image.
function attack(image, label, model, epsilon, clip) {
  return image.map((value, i) => {
    const perturbed = value - label * epsilon * Math.sign(model.w[i]);
    return clip ? Math.min(1, Math.max(0, perturbed)) : perturbed;
  });
}

// The smallest ε that fools a model without clipping: margin / ‖w‖₁, or 0 where it is wrong anyway.
function smallestEpsilon(image, label, model) {
  return Math.max(0, label * logit(image, model)) / model.norm;
}

// A logit of exactly 0 counts as a mistake.
const isMistake = (label, value) => label * value <= 0;

// What a model makes of an image: "right", "fooled" by the perturbation, or "wrong" without any.
function outcome(image, label, model, epsilon, clip) {
  const clean = logit(image, model);
  const attacked = logit(attack(image, label, model, epsilon, clip), model);
  const verdict = isMistake(label, clean) ? "wrong" : isMistake(label, attacked) ? "fooled" : "right";
  return { clean, attacked, verdict, smallest: smallestEpsilon(image, label, model) };
}

// The strokes as points on the pad, 0 or 1: all within the pen's radius of a stroke.
function rasterise(strokes) {
  const points = new Uint8Array(PAD * PAD);
  for (const stroke of strokes) {
    stroke.forEach(([x1, y1], i) => {
      const [x0, y0] = stroke[Math.max(0, i - 1)];
      const length = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
      for (let y = Math.max(0, Math.floor(Math.min(y0, y1) - PEN)); y <= Math.min(PAD - 1, Math.max(y0, y1) + PEN); y++) {
        for (let x = Math.max(0, Math.floor(Math.min(x0, x1) - PEN)); x <= Math.min(PAD - 1, Math.max(x0, x1) + PEN); x++) {
          const along = Math.min(1, Math.max(0, ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length));
          const distance = Math.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0));
          if (distance <= PEN) points[y * PAD + x] = 1;
        }
      }
    });
  }
  return points;
}

// A square picture as MNIST would have it: its ink scaled into a box of 20 x 20 pixels, keeping its proportions, each
// pixel the mean of what it covers, in 256 steps; then moved by whole pixels until the centre of mass lies in pixel
// (14, 14), as it does in every one of MNIST's own zeros and ones, which this function leaves as they are.
function normalise(source) {
  const side = Math.sqrt(source.length);
  const inked = Array.from(source.keys()).filter((i) => source[i] > 0);
  const image = new Float64Array(PIXELS);
  if (!inked.length) return image;
  const least = (values) => values.reduce((a, b) => Math.min(a, b));
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  const [columns, rows] = [inked.map((i) => i % side), inked.map((i) => Math.floor(i / side))];
  const [left, top, right, bottom] = [least(columns), least(rows), most(columns) + 1, most(rows) + 1];
  const step = Math.max(right - left, bottom - top) / BOX;      // of the source to one pixel

  const small = Array.from({ length: BOX * BOX }, (_, i) => {
    const [x0, y0] = [left + (i % BOX) * step, top + Math.floor(i / BOX) * step];
    return Math.round(255 * mean(source, side, x0, y0, step)) / 255;
  });
  const total = small.reduce((sum, value) => sum + value);
  const centreX = small.reduce((sum, value, i) => sum + value * (i % BOX + 0.5), 0) / total;
  const centreY = small.reduce((sum, value, i) => sum + value * (Math.floor(i / BOX) + 0.5), 0) / total;
  const [moveX, moveY] = [SIDE / 2 - Math.floor(centreX), SIDE / 2 - Math.floor(centreY)];
  small.forEach((value, i) => {
    const [x, y] = [i % BOX + moveX, Math.floor(i / BOX) + moveY];
    if (x >= 0 && x < SIDE && y >= 0 && y < SIDE) image[y * SIDE + x] = value;
  });
  return image;
}

// The mean of a picture over the square at (x0, y0); what lies outside of the picture counts as 0.
function mean(source, side, x0, y0, size) {
  let sum = 0;
  for (let y = Math.floor(y0); y < Math.min(side, y0 + size); y++) {
    for (let x = Math.floor(x0); x < Math.min(side, x0 + size); x++) {
      const width = Math.min(x + 1, x0 + size) - Math.max(x, x0);
      const height = Math.min(y + 1, y0 + size) - Math.max(y, y0);
      sum += width * height * source[y * side + x];
    }
  }
  return sum / size ** 2;
}


// Drawing

const word = (label) => (label > 0 ? "one" : "zero");
const number = (value, decimals) => value.toFixed(decimals).replace("-", "−");
let palette;                        // paper, ink and green as [r, g, b]

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  palette = Object.fromEntries(["paper", "ink", "green"].map((name) => {
    const digitsOf = style.getPropertyValue(`--${name}`).trim().slice(1);
    const hex = digitsOf.length === 3 ? digitsOf.replace(/./g, "$&$&") : digitsOf;
    return [name, [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16))];
  }));
}

// Paint numbers from -1 to 1: 0 is paper, 1 `positive`, -1 `negative`.
function paint(canvas, values, positive, negative) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    const full = value < 0 ? negative : positive;
    const share = Math.min(1, Math.abs(value));
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = palette.paper[c] + share * (full[c] - palette.paper[c]);
    picture.data[4 * i + 3] = 255;
  });
  context.putImageData(picture, 0, 0);
}

const paintInk = (canvas, values) => paint(canvas, values, palette.ink, palette.ink);
const paintSigned = (canvas, values) => paint(canvas, values, palette.green, palette.ink);

function drawPictures(image, label, model, perturbed) {
  const { epsilon, clip } = state;
  const [least, most] = clip ? [0, 1] : [-epsilon, 1 + epsilon];
  const isTest = state.source === "test";
  paintInk($("image"), image);
  paintSigned($("perturbation"), model.w.map((weight) => (-label * Math.sign(weight) * epsilon) / LARGEST_EPSILON));
  paintInk($("perturbed"), perturbed.map((value) => (value - least) / (most - least)));
  paintSigned($("weights"), model.w.map((weight) => weight / model.largest));

  $("image-note").textContent = isTest ? `test image ${state.digit}, a ${word(label)}` : `drawn, meant as a ${word(label)}`;
  $("perturbation-note").textContent = `green +${number(epsilon, 3)}, grey −${number(epsilon, 3)}`;
  $("perturbed-note").textContent = clip ? "clipped to 0 … 1" : `from ${number(least, 3)} to ${number(most, 3)}`;
  $("weights-note").innerHTML = `green: one, ‖<var>w</var>‖<sub>1</sub> = ${number(model.norm, 2)}`;
  $("image").ariaLabel = $("image-note").textContent;
  $("perturbation").ariaLabel = `Each pixel gets ${epsilon} more or less ink, as the sign of its weight tells`;
  $("perturbed").ariaLabel = `The image after the perturbation, ${$("perturbed-note").textContent}`;
  $("weights").ariaLabel = `The weights of ${model.name}`;
}

function drawLogitLine(width, model, label, { clean, attacked }) {
  const unclipped = clean - label * state.epsilon * model.norm;
  const farthest = clean - label * LARGEST_EPSILON * model.norm;
  const range = 1.1 * Math.max(Math.abs(clean), Math.abs(farthest));
  const x = (value) => (width / 2) * (1 + value / range);
  const inside = (position, room) => Math.min(width - room, Math.max(room, position));
  const step = [0.5, 1, 2, 5, 10, 20, 50].find((size) => (2 * range) / size <= width / 45) ?? 100;
  const ticks = [];
  for (let tick = step * Math.ceil(-range / step); tick <= range; tick += step) ticks.push(tick);

  const [from, to] = [x(clean), x(attacked)];
  const direction = Math.sign(to - from);
  const head = Math.min(9, Math.abs(to - from));
  const shift = `shift ${number(Math.abs(attacked - clean), 2)}`;
  const full = number(state.epsilon * model.norm, 2);
  const formula = '<tspan font-style="italic">ε</tspan>‖<tspan font-style="italic">w</tspan>‖<tspan dy="3" font-size="10">1</tspan>';
  $("logit-line").innerHTML = `
    <rect class="zero" y="22" width="${width / 2}" height="62"/>
    <rect class="one" x="${width / 2}" y="22" width="${width / 2}" height="62"/>
    <text x="0" y="124" class="start">← says zero</text>
    <text x="${width / 2}" y="124">decision boundary</text>
    <text x="${width}" y="124" class="end">says one →</text>
    <path d="M0 68.5H${width}"/>
    <path d="M${width / 2} 22V90" stroke-width="2"/>
    ${ticks.map((tick) => `<path d="M${x(tick)} 68V74"/><text x="${x(tick)}" y="104">${number(tick, step < 1 ? 1 : 0)}</text>`).join("")}
    <g class="outcome">
      <text x="${inside((from + to) / 2, 80)}" y="14">${state.clip ? `${shift} of` : "shift"} ${formula}<tspan dy="-3"> = ${full}</tspan></text>
      ${state.clip ? `<path class="unclipped" d="M${to} 42H${x(unclipped)}M${x(unclipped)} 36V68"/>` : ""}
      <path class="shift" d="M${from} 42H${to - direction * head}"/>
      <path class="head" d="M${to} 42l${-direction * head} -6v12z"/>
      <path d="M${from} 42V68M${to} 42V68" stroke-opacity=".4"/>
      <circle class="clean" cx="${from}" cy="68.5" r="6"/>
      <circle class="attacked" cx="${to}" cy="68.5" r="6.5"/>
    </g>`;
  $("logit-line").ariaLabel =
    `Number line: the logit is ${number(clean, 2)} for the image and ${number(attacked, 2)} for the perturbed one; ` +
    `below 0 the model says zero, above 0 it says one. ${shift[0].toUpperCase()}${shift.slice(1)}, ε times the sum of absolute weights is ${full}`;
}

function sentence(model, label, { attacked, verdict }) {
  const says = attacked === 0 ? "it can't tell" : `it says ${word(attacked)}`;
  return {
    right: `${model.subject} is right: ${says}.`,
    fooled: `${model.subject} is fooled: ${says}, but this is a ${word(label)}.`,
    wrong: `${model.subject} is wrong without any perturbation: ${says}, but this is a ${word(label)}.`,
  }[verdict];
}

function drawVerdict(model, label, result) {
  const { clean, attacked, verdict, smallest } = result;
  const threshold = `The smallest ε that fools it is ${number(smallest, 4)}${state.clip ? " without clipping" : ""}.`;
  const text = isBlank() ? "Draw a zero or a one on the pad." : sentence(model, label, result);
  $("verdict").innerHTML = "<strong></strong> <span></span>";
  $("verdict").firstChild.textContent = text;
  $("verdict").lastChild.textContent = isBlank() ? "" :
    `Its logit goes from ${number(clean, 2)} to ${number(attacked, 2)}. ${verdict === "wrong" ? "" : threshold}`;
  announce(text);
}

// Screen readers hear a verdict when it has changed and the reader has come to rest, not at every step of the slider.
let announcing;
function announce(text) {
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    if ($("announcement").textContent !== text) $("announcement").textContent = text;
  }, 500);
}

function drawMarks(width, results) {
  const x = (epsilon) => THUMB / 2 + (epsilon / LARGEST_EPSILON) * (width - THUMB);
  const marks = models
    .map((model, i) => ({ model, smallest: results[i].smallest, fooled: results[i].verdict !== "right" }))
    .filter((mark) => mark.smallest <= LARGEST_EPSILON)
    .sort((a, b) => a.smallest - b.smallest);
  const letters = apart(marks.map((mark) => x(mark.smallest)), 22, 10, width - 10);
  const scale = [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    .map((epsilon) => `<path d="M${x(epsilon)} 62v7" stroke="currentColor"/><text x="${x(epsilon)}" y="83">${epsilon}</text>`);
  const drawn = marks.map(({ model, smallest, fooled }, i) => `
    <g class="mark ${fooled ? "fooled" : ""} ${model.id === state.model ? "chosen" : ""}" data-model="${model.id}" data-x="${x(smallest)}">
      <path d="M${x(smallest)} 50V36L${letters[i]} 21"/>
      <circle cx="${letters[i]}" cy="11" r="10"/>
      <text x="${letters[i]}" y="15.5">${model.letter}</text>
    </g>`);
  $("marks").innerHTML = [...scale, ...drawn].join("");
}

// Move sorted positions as far apart as asked, to the right, and back to the left where the space ends.
function apart(positions, distance, least, most) {
  const moved = [];
  positions.forEach((position, i) => moved.push(Math.max(position, least, i ? moved[i - 1] + distance : least)));
  for (let i = moved.length - 1, limit = most; i >= 0 && moved[i] > limit; i--, limit -= distance) moved[i] = limit;
  return moved;
}

// The curves stand still; only the cursor, the chosen curve and the note change.
const curve = { x: (epsilon) => 34 + (epsilon / LARGEST_EPSILON) * 296, y: (share) => 8 + (1 - share) * 162 };

function createCurves() {
  const { x, y } = curve;
  const steps = [0, 0.1, 0.2, 0.3, 0.4, 0.5];
  $("curves").innerHTML = [
    `<path class="axis" d="M${x(0)} ${y(1)}V${y(0)}H${x(0.5)}"/>`,
    ...steps.map((e) => `<path class="axis" d="M${x(e)} ${y(0)}v5"/><text x="${x(e)}" y="188" text-anchor="middle">${e}</text>`),
    ...steps.map((s) => `<path class="axis" d="M${x(0)} ${y(2 * s)}h-5"/><text x="26" y="${y(2 * s) + 4.5}" text-anchor="end">${200 * s}</text>`),
    `<text x="${x(0.25)}" y="206" text-anchor="middle" font-style="italic">ε</text>`,
    ...models.map((model) => {
      const points = model.correct.map((count, i) => `${x(data.epsilons[i])},${y(count / data.testImages)}`);
      return `<polyline class="${model.stroke}" data-model="${model.id}" points="${points.join(" ")}"/>`;
    }),
    `<line class="cursor" id="cursor" y1="${y(1)}" y2="${y(0)}"/><circle id="cursor-dot" r="4.5"/>`,
  ].join("");
}

function drawCurves(model) {
  const share = model.correct[Math.round(200 * state.epsilon)] / data.testImages;
  const place = curve.x(state.epsilon);
  for (const line of $("curves").querySelectorAll("polyline")) {
    line.classList.toggle("chosen", line.dataset.model === model.id);
  }
  $("cursor").setAttribute("x1", place);
  $("cursor").setAttribute("x2", place);
  $("cursor-dot").setAttribute("cx", place);
  $("cursor-dot").setAttribute("cy", curve.y(share));
  const text = `${model.name}: ${number(100 * share, 1)} % right at ε = ${number(state.epsilon, 3)}, not clipped`;
  $("curves-note").textContent = text;
  $("curves").ariaLabel = `Accuracy of all models over ε from 0 to 0.5, on ${data.testImages} test images. ${text}`;
}

const VERDICTS = { right: "right", fooled: "fooled", wrong: "wrong at ε = 0" };

function drawStrip(results) {
  const fooled = results.filter(({ verdict }) => verdict !== "right").length;
  const clipped = state.clip ? ", clipped" : "";
  $("strip-title").textContent = isBlank() ? `All ${models.length} models` :
    `All ${models.length} models at ε = ${number(state.epsilon, 3)}${clipped}: ${fooled} ${fooled === 1 ? "is" : "are"} mistaken`;
  models.forEach((model, i) => {
    const card = $(`model-${model.id}`);
    const { verdict, smallest } = results[i];
    card.classList.toggle("fooled", verdict !== "right" && !isBlank());
    card.classList.toggle("chosen", model.id === state.model);
    card.querySelector(".verdict").textContent = VERDICTS[verdict];
    card.querySelector(".least").textContent = `smallest ε ${number(smallest, 4)}`;
  });
}

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


// From state to page

let drawing = { strokes: null, image: null };      // the drawing's image, until its strokes change

function currentImage() {
  if (state.source === "test") return digits.find((digit) => digit.index === state.digit);
  if (drawing.strokes !== state.strokes) drawing = { strokes: state.strokes, image: normalise(rasterise(state.strokes)) };
  return { image: drawing.image, label: state.label };
}

const isBlank = () => state.source === "drawn" && !state.strokes.length;

function draw() {
  const [lineWidth, marksWidth] = [$("logit-line").clientWidth, $("marks").clientWidth];  // before anything changes
  const { image, label } = currentImage();
  const results = models.map((model) => outcome(image, label, model, state.epsilon, state.clip));
  const chosen = models.findIndex((model) => model.id === state.model);
  const model = models[chosen];
  document.body.classList.toggle("blank", isBlank());
  $("epsilon-value").textContent = number(state.epsilon, 3);
  $("epsilon").value = state.epsilon;
  $("epsilon").ariaValueText = number(state.epsilon, 3);
  $("clip").checked = state.clip;
  drawPictures(image, label, model, attack(image, label, model, state.epsilon, state.clip));
  drawLogitLine(lineWidth, model, label, results[chosen]);
  drawVerdict(model, label, results[chosen]);
  drawMarks(marksWidth, results);
  drawCurves(model);
  drawStrip(results);
}

function drawChoices() {
  const check = (name, value) => { document.querySelector(`input[name=${name}][value="${value}"]`).checked = true; };
  check("source", state.source);
  check("digit", state.digit);
  check("label", word(state.label));
  check("model", state.model);
  $("test-panel").hidden = state.source !== "test";
  $("drawn-panel").hidden = state.source !== "drawn";
  drawPad();
}

// Change the state and all that follows from it; the slider's way, so the one that has to be fast.
function set(changes) {
  Object.assign(state, changes);
  state.epsilon = Math.round(200 * Math.min(LARGEST_EPSILON, Math.max(0, state.epsilon))) / 200;
  if (Object.keys(changes).some((key) => key !== "epsilon")) drawChoices();
  draw();
  keepLink();
}

// Browsers allow only so many changes of the address a second, so it follows when the reader comes to rest.
let linking;
function keepLink() {
  clearTimeout(linking);
  linking = setTimeout(() => history.replaceState(null, "", toFragment()), 200);
}


// Controls

function createDigits() {
  for (const digit of digits) {
    const label = document.createElement("label");
    const name = `Test image ${digit.index}, a ${word(digit.label)}${digit.hard ? ", which some model gets wrong" : ""}`;
    label.title = name;
    label.innerHTML = `<input type="radio" name="digit" value="${digit.index}" aria-label="${name}">
      <canvas width="28" height="28" aria-hidden="true"></canvas>${digit.hard ? '<i class="dot"></i>' : ""}`;
    $("digits").append(label);
  }
}

function createModels() {
  for (const model of models) {
    const label = document.createElement("label");
    label.className = "model";
    label.id = `model-${model.id}`;
    label.innerHTML = `<input type="radio" name="model" value="${model.id}">
      <span class="name"><span class="letter">${model.letter}</span> ${model.name}</span>
      <canvas width="28" height="28" aria-hidden="true"></canvas>
      <span class="outcome"><span class="verdict"></span> <span class="least"></span></span>
      <svg class="stroke ${model.stroke}" aria-hidden="true"><line x2="100%" y1="4.5" y2="4.5"/></svg>`;
    $("models").append(label);
  }
}

// What changes with the palette only.
function drawThumbnails() {
  readPalette();
  $("digits").querySelectorAll("canvas").forEach((canvas, i) => paintInk(canvas, digits[i].image));
  $("models").querySelectorAll("canvas").forEach((canvas, i) => {
    paintSigned(canvas, models[i].w.map((weight) => weight / models[i].largest));
  });
}

// The pen: `at` in points of the pad, `down` while it draws; `visible` only when the keyboard moves it.
const pen = { at: [PAD / 2, PAD / 2], down: false, visible: false };

function movePen(x, y) {
  const inside = (value) => Math.min(PAD - 1, Math.max(0, Math.round(value)));
  pen.at = [inside(x), inside(y)];
  if (!pen.down || state.strokes.flat().length >= LONGEST_DRAWING) return drawPad();
  const stroke = state.strokes.at(-1);
  set({ strokes: [...state.strokes.slice(0, -1), [...stroke, pen.at]] });
}

function putPenDown(x, y) {
  pen.down = true;
  set({ strokes: [...state.strokes, []] });
  movePen(x, y);
}

function listen() {
  $("epsilon").addEventListener("input", (event) => set({ epsilon: event.target.valueAsNumber }));
  $("clip").addEventListener("change", (event) => set({ clip: event.target.checked }));
  document.addEventListener("change", ({ target }) => {
    if (target.type !== "radio") return;
    const value = { digit: Number(target.value), label: target.value === "one" ? 1 : -1 }[target.name] ?? target.value;
    set({ [target.name]: value });
  });
  $("clear").addEventListener("click", () => set({ strokes: [] }));

  const pad = $("pad");
  const place = ({ offsetX, offsetY }) => [(offsetX / pad.clientWidth) * PAD, (offsetY / pad.clientHeight) * PAD];
  pad.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    pad.setPointerCapture(event.pointerId);
    pen.visible = false;
    putPenDown(...place(event));
  });
  pad.addEventListener("pointermove", (event) => { if (pen.down && !pen.visible) movePen(...place(event)); });
  for (const end of ["pointerup", "pointercancel", "blur"]) pad.addEventListener(end, () => { pen.down = false; });
  pad.addEventListener("blur", () => { pen.visible = false; drawPad(); });
  pad.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    pen.visible = true;
    if (move) movePen(pen.at[0] + FINE * move[0], pen.at[1] + FINE * move[1]);
    else if (pen.down) pen.down = false;
    else putPenDown(...pen.at);
  });

  addEventListener("hashchange", () => set(fromFragment(location.hash)));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { drawThumbnails(); set({ ...state }); });
  new ResizeObserver(draw).observe($("marks"));
}

createDigits();
createModels();
createCurves();
drawThumbnails();
listen();
set({ ...state, ...fromFragment(location.hash) });

// For the tests, and for whoever opens the console: the models and digits of this page, its state and its functions.
// `set({ epsilon: 0.2, clip: true })` changes the page as the controls do.
window.explorer = { models, digits, state, set, currentImage, logit, attack, smallestEpsilon, outcome, normalise, toFragment };
