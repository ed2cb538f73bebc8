// The explorer's scripts, one after the other: data, state, mathematics, strokes, drawing, controls. Nothing is
// loaded, nothing is sent.
//
// The page holds one JSON block, made by build.py; arrays are bytes in base64:
//   largestEpsilon  where the slider ends, and the accuracy curves, which have 101 values of ε from 0 on
//   means       of each digit from 0 to 9 the mean of its training images (784 float32)
//   images      index in MNIST's test set, digit, pixels (784 bytes)
//   pairs       digits: [a, b], labelled -1 and +1;   testImages: how many there are;
//               images: indices of those shown;       constantFrom: ε*, from which on a constant's loss is the least;
//               models: id ("regular", "<ε>", "optimum <ε>"), weights (785 float32: w, then b), right (on how
//                 many test images at each ε), always (the label that it gives to all of them, or null)
"use strict";

const SIDE = 28;                    // pixels of an image
const PIXELS = SIDE * SIDE;
const WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const data = JSON.parse(document.getElementById("data").textContent);
const LARGEST_EPSILON = data.largestEpsilon;
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const floats = (text) => Float64Array.from(new Float32Array(bytes(text).buffer));
const means = data.means.map(floats);
const images = new Map(data.images.map(([index, digit, text]) => (
  [index, { index, digit, image: Float64Array.from(bytes(text), (value) => value / 255) }])));

// All about two digits, made when it is first asked for; `name` is like "0-1".
const pairs = new Map(data.pairs.map((pair) => [pair.digits.join("-"), pair]));
const unpacked = new Map();

function pairOf(name) {
  if (!unpacked.has(name)) unpacked.set(name, unpackPair(pairs.get(name)));
  return unpacked.get(name);
}

function unpackPair(pair) {
  const words = pair.digits.map((digit) => WORDS[digit]);
  const [first, second] = pair.digits.map((digit) => means[digit]);
  const difference = second.map((value, i) => value - first[i]);
  const models = pair.models.map((model, i) => unpackModel(model, "ABCDEFGH"[i], words));
  const shown = pair.images.map((index) => {
    const { image, digit } = images.get(index);
    const label = digit === pair.digits[1] ? 1 : -1;
    // Models that always say the same don't count
    const hard = models.some((model) => !model.habit && isMistake(label, logit(image, model)));
    return { index, image, label, hard };
  });
  return { ...pair, words, difference, models, images: shown };
}

function unpackModel({ id, weights, right, always }, letter, words) {
  const numbers = floats(weights);
  const w = numbers.slice(0, PIXELS);
  const largest = w.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  const epsilon = Number(id.split(" ").at(-1)) || 0;
  const kind = id.startsWith("optimum") ? "optimum" : epsilon ? "robust" : "regular";
  const suffix = `ε = ${epsilon}`;
  return {
    id,
    letter,
    name: { regular: "Regular", robust: `Robust, ${suffix}`, optimum: `Optimum, ${suffix}` }[kind],
    subject: { regular: "The regular model", robust: `The robust model (${suffix})`, optimum: `The optimum (${suffix})` }[kind],
    isOptimum: kind === "optimum",
    stroke: `tone-${Math.round(10 * epsilon)} ${kind}`,
    w,
    b: numbers[PIXELS],
    picture: w.map((weight) => weight / (largest || 1)),
    norm: w.reduce((sum, weight) => sum + Math.abs(weight), 0),        // ‖w‖₁
    right,
    habit: always && `always says ${words[always > 0 ? 1 : 0]}`,
  };
}
