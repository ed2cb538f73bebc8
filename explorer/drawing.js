// Drawing: from state to page

const THUMB = 24;                   // the slider's thumb, as in explorer.css
const $ = (id) => document.getElementById(id);
const number = (value, decimals) => value.toFixed(decimals).replace("-", "−");
const withArticle = (label) => `${word(label) === "eight" ? "an" : "a"} ${word(label)}`;
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

// Ink speaks for the second digit and stands for more ink, green for the first and for less.
const paintInk = (canvas, values) => paint(canvas, values, palette.ink, palette.ink);
const paintSigned = (canvas, values) => paint(canvas, values, palette.ink, palette.green);
const paintWeights = (canvas, model) => paintSigned(canvas, model.w.map((weight) => weight / (model.largest || 1)));
const key = (ink, green) => `<i class="swatch ink"></i> ${ink} <i class="swatch green"></i> ${green}`;

function drawPictures(label, model, image, changed) {
  const difference = changed.map((value, i) => value - image[i]);
  const free = !state.clip;                           // pixels may be lighter than white and darker than black
  const [least, range] = free ? [-state.epsilon, 1 + 2 * state.epsilon] : [0, 1];
  paintInk($("image"), image);
  paintSigned($("change"), difference.map((value) => value / LARGEST_EPSILON));
  paintInk($("changed"), changed.map((value) => (value - least) / range));
  paintWeights($("weights"), model);

  $("image-note").textContent = state.source === "test" ? `test image ${state.image}, ${withArticle(label)}` : `drawn, meant as ${withArticle(label)}`;
  $("change-note").innerHTML = key(`+${number(state.epsilon, 3)}`, `−${number(state.epsilon, 3)}`);
  $("changed-note").textContent = free ? `pixels from ${number(least, 3)} to ${number(1 + state.epsilon, 3)}` : "from white (0) to black (1)";
  $("weights-note").innerHTML = `${key(`for ${word(1)}`, `for ${word(-1)}`)}`;
  $("image").ariaLabel = $("image-note").textContent;
  $("change").ariaLabel = `The change: at most ${number(state.epsilon, 3)} in a pixel`;
  $("changed").ariaLabel = "The image after the change";
  $("weights").ariaLabel = `The weights of ${model.name}: ink speaks for ${word(1)}, green for ${word(-1)}`;
}


// The number line: the chosen model's logit, and how far the attack moves it.

function ground(width, height, top, ticks) {
  return `
    <rect class="first" y="${top}" width="${width / 2}" height="${height - top - 44}"/>
    <rect class="second" x="${width / 2}" y="${top}" width="${width / 2}" height="${height - top - 44}"/>
    <text x="0" y="${height - 4}" class="start">← says ${word(-1)}</text>
    <text x="${width / 2}" y="${height - 4}">decision boundary</text>
    <text x="${width}" y="${height - 4}" class="end">says ${word(1)} →</text>
    <path d="M${width / 2} ${top}V${height - 38}" stroke-width="2"/>
    ${ticks.map(({ at, text }) => `<path d="M${at} ${height - 44}v6"/><text x="${at}" y="${height - 24}">${text}</text>`).join("")}`;
}

// Ticks at round values, far enough from one another for their numbers.
function ticksOf(range, width, x) {
  const step = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((size) => (2 * range) / size <= width / 45) ?? 100;
  const count = Math.floor(range / step);
  return Array.from({ length: 2 * count + 1 }, (_, i) => (i - count) * step)
    .map((value) => ({ at: x(value), text: number(value, step < 0.1 ? 2 : step < 1 ? 1 : 0) }));
}

function arrow(from, to, y) {
  const direction = Math.sign(to - from);
  const head = Math.min(9, Math.abs(to - from));
  return `<path class="shift" d="M${from} ${y}H${to - direction * head}"/><path class="head" d="M${to} ${y}l${-direction * head} -6v12z"/>`;
}

function drawLogitLine(width, model, label, { clean, after }) {
  const height = 128;
  const full = state.epsilon * model.norm;
  const worst = clean - label * full;
  const farthest = clean - label * LARGEST_EPSILON * model.norm;
  const range = 1.1 * Math.max(Math.abs(clean), Math.abs(farthest)) || 1;
  const x = (value) => (width / 2) * (1 + value / range);
  const inside = (position, room) => within(position, room, width - room);
  const [from, to] = [x(clean), x(after)];
  const isWhole = state.attacker === "model" && !state.clip;
  const shift = number(Math.abs(after - clean), 2);
  const text = isWhole ? `reach ε‖w‖₁ = ${shift}`
    : state.attacker === "model" ? `reach ${number(full, 2)} − ${number(full - Math.abs(after - clean), 2)} given back by valid pixels = ${shift}`
      : `${shift} of the reach ε‖w‖₁ = ${number(full, 2)}`;
  $("logit-line").innerHTML = `
    ${ground(width, height, 22, ticksOf(range, width, x))}
    <path d="M0 68.5H${width}"/>
    <g class="outcome">
      <text x="${inside((from + to) / 2, 3.3 * text.length)}" y="14">${text}</text>
      ${isWhole ? "" : `<path class="worst" d="M${to} 42H${x(worst)}M${x(worst)} 36V68"/>`}
      ${arrow(from, to, 42)}
      <path d="M${from} 42V68M${to} 42V68" stroke-opacity=".4"/>
      <circle class="clean" cx="${from}" cy="68.5" r="6"/>
      <circle class="after" cx="${to}" cy="68.5" r="6.5"/>
    </g>`;
  $("logit-line").ariaLabel =
    `Number line: the logit is ${number(clean, 2)} for the image and ${number(after, 2)} after the change; ` +
    `below 0 the model says ${word(-1)}, above 0 it says ${word(1)}. ${text}`;
}


// What is said

function sentence(model, label, { after, verdict }) {
  const says = after === 0 ? "it can't tell" : `it says ${word(after)}`;
  return {
    right: `${model.subject} is right: ${says}.`,
    fooled: `${model.subject} is fooled: ${says}, but this is ${withArticle(label)}.`,
    wrong: `${model.subject} is wrong as it is: ${says}, but this is ${withArticle(label)}.`,
  }[verdict];
}

function details(label, { clean, after, verdict, smallest }) {
  const course = `The margin goes from ${number(label * clean, 2)} to ${number(label * after, 2)}.`;
  if (verdict === "wrong") return course;
  if (smallest === Infinity) return `${course} No change of this kind fools it.`;
  return `${course} The smallest ε that fools it is ${number(smallest, 4)}.`;
}

function drawVerdict(model, label, result) {
  const text = isBlank() ? `Draw ${withArticle(-1)} or ${withArticle(1)} on the pad.` : sentence(model, label, result);
  $("verdict").innerHTML = "<strong></strong> <span></span>";
  $("verdict").firstChild.textContent = text;
  $("verdict").lastChild.textContent = isBlank() ? "" : [details(label, result), habitOf(model)].join(" ");
  announce(text);
}

const habitOf = (model) => (model.habit ? `It ${model.habit}.` : "");

// Screen readers hear a verdict when it has changed and the reader has come to rest, not at every step of the slider.
let announcing;
function announce(text) {
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    if ($("announcement").textContent !== text) $("announcement").textContent = text;
  }, 500);
}


// Around the slider

function drawMarks(width, shown, results) {
  const x = (epsilon) => THUMB / 2 + (epsilon / LARGEST_EPSILON) * (width - THUMB);
  const marks = shown
    .map((model, i) => ({ model, ...results[i] }))
    .filter((mark) => mark.smallest <= LARGEST_EPSILON)
    .sort((a, b) => a.smallest - b.smallest);
  const letters = apart(marks.map((mark) => x(mark.smallest)), 22, 10, width - 10);
  const scale = [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    .map((epsilon) => `<path d="M${x(epsilon)} 62v7" stroke="currentColor"/><text x="${x(epsilon)}" y="83">${epsilon}</text>`);
  const limit = x(pair().constantFrom);
  const drawn = marks.map(({ model, smallest, verdict }, i) => `
    <g class="mark ${verdict === "right" ? "" : "fooled"} ${model.id === state.model ? "chosen" : ""}" data-model="${model.id}" data-x="${x(smallest)}">
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

function drawControl() {
  $("epsilon-value").textContent = number(state.epsilon, 3);
  $("epsilon").value = state.epsilon;
  $("epsilon").ariaValueText = number(state.epsilon, 3);
  const isBeyond = state.epsilon >= pair().constantFrom;
  $("marks-note").textContent = isBeyond ? constantIsBest()
    : "A letter marks the smallest ε that fools its model" + (state.attacker === "model" ? "." : ` if the attacker knows ${attackerName(state.attacker)}.`);
  $("marks-note").classList.toggle("beyond", isBeyond);
}

function constantIsBest() {
  const [first, second] = pair().words;
  return `From ε = ${number(pair().constantFrom, 3)} on, no model has a lower robust hinge loss than one that says ` +
    `${first}, or ${second}, to whatever it sees.`;
}

function attackerName(id) {
  if (id === "means") return "only both digits' mean images";
  const known = pair().models.find((model) => model.id === id);
  return known ? `only ${known.subject.replace("The", "the")}` : "the model itself";
}


// The accuracy curves stand still; only the cursor, the chosen curve and the note change.

const curve = { x: (epsilon) => 34 + (epsilon / LARGEST_EPSILON) * 296, y: (share) => 8 + (1 - share) * 162 };
const shareRight = (model) => model.right.map((count) => count / (pair().testImages[0] + pair().testImages[1]));

function createCurves() {
  const { x, y } = curve;
  const ticks = [0, 0.1, 0.2, 0.3, 0.4, 0.5].map((epsilon) => `
    <path class="axis" d="M${x(epsilon)} ${y(0)}v5"/><text x="${x(epsilon)}" y="188" text-anchor="middle">${epsilon}</text>
    <path class="axis" d="M${x(0)} ${y(2 * epsilon)}h-5"/><text x="26" y="${y(2 * epsilon) + 4.5}" text-anchor="end">${200 * epsilon}</text>`);
  const lines = shownModels().map((model) => {
    const points = shareRight(model).map((share, i) => `${x(i / 200)},${y(share)}`);
    return `<polyline class="${model.stroke}" data-model="${model.id}" points="${points.join(" ")}"/>`;
  });
  $("curves").innerHTML = `<path class="axis" d="M${x(0)} ${y(1)}V${y(0)}H${x(0.5)}"/>${ticks.join("")}
    <text x="${x(0.25)}" y="206" text-anchor="middle" font-style="italic">ε</text>${lines.join("")}
    <line class="cursor" id="cursor" y1="${y(1)}" y2="${y(0)}"/><circle id="cursor-dot" r="4.5"/>`;
}

function drawCurves(model) {
  const share = shareRight(model)[Math.round(200 * state.epsilon)];
  const place = curve.x(state.epsilon);
  for (const line of $("curves").querySelectorAll("polyline")) {
    line.classList.toggle("chosen", line.dataset.model === model.id);
  }
  $("cursor").setAttribute("x1", place);
  $("cursor").setAttribute("x2", place);
  $("cursor-dot").setAttribute("cx", place);
  $("cursor-dot").setAttribute("cy", curve.y(share));
  const text = `${model.name}: ${number(100 * share, 1)} % right at ε = ${number(state.epsilon, 3)}, ` +
    "where the attacker knows the model and nothing limits pixels, as in the post";
  $("curves-note").textContent = text;
  $("curves").ariaLabel = `Accuracy of the models over ε from 0 to 0.5. ${text}`;
}


// The models' cards

function drawStrip(shown, results) {
  const mistaken = results.filter(({ verdict }) => verdict !== "right").length;
  $("strip-title").textContent = isBlank() ? "The models"
    : `${mistaken || "None"} of ${shown.length} models ${mistaken > 1 ? "are" : "is"} mistaken`;
  const words = { right: "right", fooled: "fooled", wrong: "wrong as it is" };
  shown.forEach((model, i) => {
    const card = $(`model-${model.letter}`);
    const { verdict, smallest } = results[i];
    card.classList.toggle("fooled", verdict !== "right" && !isBlank());
    card.classList.toggle("chosen", model.id === state.model);
    card.querySelector(".verdict").textContent = words[verdict];
    card.querySelector(".least").textContent = model.habit ?? (smallest === Infinity ? "nothing fools it" : `smallest ε ${number(smallest, 4)}`);
  });
}


// All of it

let drawn = { strokes: null, image: null };        // the drawing's image, until its strokes change

function currentImage() {
  if (state.source === "test") return pair().images.find((one) => one.index === state.image);
  if (drawn.strokes !== state.strokes) drawn = { strokes: state.strokes, image: normalise(rasterise(state.strokes)) };
  return { image: drawn.image, label: state.label };
}

function draw() {
  document.body.classList.toggle("blank", isBlank());
  const [lineWidth, marksWidth] = [$("logit-line").clientWidth, $("marks").clientWidth];  // before pictures change
  const { image, label } = currentImage();
  const shown = shownModels();
  const chosen = shown.findIndex((one) => one.id === state.model);
  const results = shown.map((model) => outcome(
    image, label, model, state.epsilon, state.clip, directionOf(state.attacker, model)));
  drawControl();
  drawPictures(label, shown[chosen], image, results[chosen].changed);
  drawLogitLine(lineWidth, shown[chosen], label, results[chosen]);
  drawMarks(marksWidth, shown, results);
  drawVerdict(shown[chosen], label, results[chosen]);
  drawStrip(shown, results);
  drawCurves(shown[chosen]);
}
