// Drawing: from state to page

const THUMB = 24;                   // the slider's thumb, as in explorer.css
const TENTHS = [0, 0.1, 0.2, 0.3, 0.4, 0.5];
const $ = (id) => document.getElementById(id);
const number = (value, decimals) => value.toFixed(decimals).replace("-", "−");
const withArticle = (label) => `${word(label) === "eight" ? "an" : "a"} ${word(label)}`;
let palette;                        // ink and green as [r, g, b]

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const channels = (name) => style.getPropertyValue(name).match(/[0-9a-f]{2}/g).map((digits) => parseInt(digits, 16));
  palette = { ink: channels("--ink"), green: channels("--green") };
}

// Paint numbers from -1 to 1: 0 is paper; ink speaks for the second digit and stands for more ink, green for the first
// and for less.
function paint(canvas, values) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    picture.data.set([...(value < 0 ? palette.green : palette.ink), 255 * Math.abs(value)], 4 * i);
  });
  context.putImageData(picture, 0, 0);
}

function drawPictures(label, model, image, changed) {
  const [least, most] = state.clip ? [0, 1] : [-state.epsilon, 1 + state.epsilon];
  const key = (ink, green) => `<i class="swatch ink"></i> ${ink} <i class="swatch green"></i> ${green}`;
  paint($("image"), image);
  paint($("change"), changed.map((value, i) => (value - image[i]) / LARGEST_EPSILON));
  paint($("changed"), changed.map((value) => (value - least) / (most - least)));
  paint($("weights"), model.picture);

  $("image-note").textContent = state.source === "test" ? `test image ${state.image}, ${withArticle(label)}`
    : `drawn, meant as ${withArticle(label)}`;
  $("change-note").innerHTML = key(`+${number(state.epsilon, 3)}`, `−${number(state.epsilon, 3)}`);
  $("changed-note").textContent = state.clip ? "from white (0) to black (1)"
    : `pixels from ${number(least, 3)} to ${number(most, 3)}`;
  $("weights-note").innerHTML = key(`for ${word(1)}`, `for ${word(-1)}`);
  $("weights").ariaLabel = `The weights of ${model.name}: ink speaks for ${word(1)}, green for ${word(-1)}`;
}


// The number line: the chosen model's logit, and how far the attack moves it.

// Ticks at round values, far enough from one another for their numbers.
function ticks(range, width, x) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((size) => (2 * range) / size <= width / 45) ?? 100;
  const decimals = step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const count = Math.floor(range / step);
  return Array.from({ length: 2 * count + 1 }, (_, i) => (i - count) * step)
    .map((value) => `<path d="M${x(value)} 84v6"/><text x="${x(value)}" y="104">${number(value, decimals)}</text>`)
    .join("");
}

function drawLogitLine(width, model, label, { clean, after }) {
  const reach = state.epsilon * model.norm;
  const farthest = Math.abs(clean - label * LARGEST_EPSILON * model.norm);
  const range = 1.1 * Math.max(Math.abs(clean), farthest);
  const x = (value) => (width / 2) * (1 + value / range);
  const [middle, from, to, worst] = [0, clean, after, clean - label * reach].map(x);
  const head = within(to - from, -9, 9);
  const shift = Math.abs(after - clean);
  const [all, taken, givenBack] = [reach, shift, reach - shift].map((value) => number(value, 2));
  const isWhole = state.attacker === "model" && !state.clip;
  const text = isWhole ? `reach ε‖w‖₁ = ${taken}`
    : state.attacker === "model" ? `reach ${all} − ${givenBack} given back by valid pixels = ${taken}`
      : `${taken} of the reach ε‖w‖₁ = ${all}`;
  $("logit-line").innerHTML = `
    <rect class="first" y="22" width="50%" height="62"/>
    <rect class="second" x="50%" y="22" width="50%" height="62"/>
    <text y="124" class="start">← says ${word(-1)}</text>
    <text x="50%" y="124">decision boundary</text>
    <text x="100%" y="124" class="end">says ${word(1)} →</text>
    <path d="M${middle} 22V90" stroke-width="2"/>
    <path d="M0 68.5H${width}"/>
    ${ticks(range, width, x)}
    <g class="outcome">
      <text x="${within((from + to) / 2, 3.3 * text.length, width - 3.3 * text.length)}" y="14">${text}</text>
      ${isWhole ? "" : `<path class="worst" d="M${to} 42H${worst}M${worst} 36V68"/>`}
      <path class="shift" d="M${from} 42H${to - head}"/>
      <path class="head" d="M${to} 42l${-head} -6v12z"/>
      <path d="M${from} 42V68M${to} 42V68" stroke-opacity=".4"/>
      <circle class="clean" cx="${from}" cy="68.5" r="6"/>
      <circle cx="${to}" cy="68.5" r="6.5"/>
    </g>`;
  $("logit-line").ariaLabel =
    `Number line: the logit is ${number(clean, 2)} for the image and ${number(after, 2)} after the change; ` +
    `below 0 the model says ${word(-1)}, above 0 it says ${word(1)}. ${text}`;
}


// What is said

function drawVerdict(model, label, { clean, after, verdict, smallest }) {
  const says = `it says ${word(after)}`;
  const mistake = `${says}, but this is ${withArticle(label)}.`;
  const course = {
    right: `is right: ${says}.`,
    fooled: `is fooled: ${mistake}`,
    wrong: `is wrong as it is: ${mistake}`,
  }[verdict];
  const text = isBlank() ? `Draw ${withArticle(-1)} or ${withArticle(1)} on the pad.` : `${model.subject} ${course}`;
  const least = smallest === Infinity ? "No change of this kind fools it."
    : `The smallest ε that fools it is ${number(smallest, 4)}.`;
  const details = [
    `The margin goes from ${number(label * clean, 2)} to ${number(label * after, 2)}.`,
    verdict !== "wrong" && least,
    model.habit && `It ${model.habit}.`,
  ];
  $("verdict").innerHTML = `<strong>${text}</strong> ${isBlank() ? "" : details.filter(Boolean).join(" ")}`;
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


// Around the slider

function drawControl() {
  const { constantFrom, words } = pair();
  const isBeyond = state.epsilon >= constantFrom;
  $("epsilon-value").textContent = number(state.epsilon, 3);
  $("epsilon").value = state.epsilon;
  $("marks-note").classList.toggle("beyond", isBeyond);
  const condition = state.attacker === "model" ? "" : ` if the attacker knows ${attackerName(state.attacker)}`;
  $("marks-note").textContent = isBeyond
    ? `From ε = ${number(constantFrom, 3)} on, no model has a lower robust hinge loss than one that says ` +
      `${words[0]}, or ${words[1]}, to whatever it sees.`
    : `A letter marks the smallest ε that fools its model${condition}.`;
}

function drawMarks(width, shown, results) {
  const x = (epsilon) => THUMB / 2 + (epsilon / LARGEST_EPSILON) * (width - THUMB);
  const marks = shown
    .map((model, i) => ({ model, ...results[i] }))
    .filter((mark) => mark.smallest <= LARGEST_EPSILON)
    .sort((a, b) => a.smallest - b.smallest);
  const letters = apart(marks.map((mark) => x(mark.smallest)), 22, 10, width - 10);
  const scale = TENTHS
    .map((epsilon) => `<path d="M${x(epsilon)} 62v7" stroke="currentColor"/><text x="${x(epsilon)}" y="83">${epsilon}</text>`);
  const limit = x(pair().constantFrom);
  const drawn = marks.map(({ model, smallest, verdict }, i) => `
    <g class="mark ${verdict === "right" ? "" : "fooled"} ${model.id === state.model ? "chosen" : ""}"
       data-model="${model.id}" data-x="${x(smallest)}">
      <path d="M${x(smallest)} 50V36L${letters[i]} 21"/>
      <circle cx="${letters[i]}" cy="11" r="10"/>
      <text x="${letters[i]}" y="15.5">${model.letter}</text>
    </g>`);
  $("marks").innerHTML = `
    <g class="limit" data-x="${limit}">
      <rect x="${limit}" y="42" width="${width - limit}" height="16"/>
      <path d="M${limit} 42V88"/><text class="end" x="${width}" y="102">a constant has the least loss</text>
    </g>
    ${[...scale, ...drawn].join("")}`;
}

// Move sorted positions as far apart as asked, to the right, and back to the left where the space ends.
function apart(positions, distance, least, most) {
  const moved = [];
  positions.forEach((position, i) => moved.push(Math.max(position, least, i ? moved[i - 1] + distance : least)));
  for (let i = moved.length - 1, limit = most; i >= 0 && moved[i] > limit; i--, limit -= distance) moved[i] = limit;
  return moved;
}

function attackerName(id) {
  if (id === "model") return "the model itself";
  if (id === "means") return "only both digits' mean images";
  return `only ${pair().models.find((model) => model.id === id).subject.replace("The", "the")}`;
}


// The accuracy of all models, and a cursor at ε

function drawCurves(shown, chosen) {
  const x = (epsilon) => 34 + (epsilon / LARGEST_EPSILON) * 296;
  const y = (share) => 8 + (1 - share) * 162;
  const shareRight = (model, i) => model.right[i] / pair().testImages;
  const axes = TENTHS.map((epsilon) => `
    <path class="axis" d="M${x(epsilon)} ${y(0)}v5M${x(0)} ${y(2 * epsilon)}h-5"/>
    <text x="${x(epsilon)}" y="188" text-anchor="middle">${epsilon}</text>
    <text x="26" y="${y(2 * epsilon) + 4.5}" text-anchor="end">${200 * epsilon}</text>`);
  const lines = shown.map((model) => {
    const points = model.right.map((_, i) => `${x(i / 200)},${y(shareRight(model, i))}`);
    return `<polyline class="${model.stroke} ${model === chosen ? "chosen" : ""}" points="${points.join(" ")}"/>`;
  });
  const share = shareRight(chosen, Math.round(200 * state.epsilon));
  $("curves").innerHTML = `<path class="axis" d="M${x(0)} ${y(1)}V${y(0)}H${x(0.5)}"/>${axes.join("")}
    <text x="${x(0.25)}" y="206" text-anchor="middle" font-style="italic">ε</text>${lines.join("")}
    <path class="cursor" d="M${x(state.epsilon)} ${y(1)}V${y(0)}"/><circle cx="${x(state.epsilon)}" cy="${y(share)}" r="4.5"/>`;
  $("curves-note").textContent = `${chosen.name}: ${number(100 * share, 1)} % right at ε = ${number(state.epsilon, 3)}, ` +
    "where the attacker knows the model and nothing limits pixels, as in the post";
}


// The models' cards

function drawStrip(shown, results) {
  const mistaken = results.filter(({ verdict }) => verdict !== "right").length;
  $("strip-title").textContent = isBlank() ? "The models"
    : `${mistaken || "None"} of ${shown.length} models ${mistaken > 1 ? "are" : "is"} mistaken`;
  shown.forEach((model, i) => {
    const card = $(`model-${model.letter}`);
    const { verdict, smallest } = results[i];
    card.classList.toggle("fooled", verdict !== "right" && !isBlank());
    card.querySelector(".verdict").textContent = verdict === "wrong" ? "wrong as it is" : verdict;
    card.querySelector(".least").textContent = model.habit
      ?? (smallest === Infinity ? "nothing fools it" : `smallest ε ${number(smallest, 4)}`);
  });
}


// All of it

function currentImage() {
  if (state.source === "test") return pair().images.find((one) => one.index === state.image);
  return { image: normalise(rasterise(state.strokes)), label: state.label };
}

function draw() {
  document.body.classList.toggle("blank", isBlank());
  const [lineWidth, marksWidth] = [$("logit-line").clientWidth, $("marks").clientWidth];  // before pictures change
  const { image, label } = currentImage();
  const shown = shownModels();
  const results = shown.map((model) => outcome(
    image, label, model, state.epsilon, state.clip, directionOf(state.attacker, model)));
  const chosen = shown.findIndex((one) => one.id === state.model);
  drawControl();
  drawPictures(label, shown[chosen], image, results[chosen].changed);
  drawLogitLine(lineWidth, shown[chosen], label, results[chosen]);
  drawMarks(marksWidth, shown, results);
  drawVerdict(shown[chosen], label, results[chosen]);
  drawStrip(shown, results);
  drawCurves(shown, shown[chosen]);
}
