// The explorer's scripts, one after the other: data, state, mathematics, accidents, strokes, drawing, controls. Nothing is
// loaded, nothing is sent.
//
// The page holds one JSON block, made by build.py:
//   largestEpsilon  where the slider ends, and the accuracy curves, which have 101 values of ε from 0 on
//   means       of each digit from 0 to 9 the mean of its training images (784 float32)
//   images      index in MNIST's test set, digit, pixels (bytes; a 0 and a number stand for so many 0s)
//   accidents   of those with a slider: name, label, neutral amount, range: [least, most, step]
//   opening     the index of the image that the page opens on
//   pairs       digits: [a, b], labelled -1 and +1;   testImages: how many there are of each;
//               images: indices of those shown;       constantFrom: the ε from which a constant is optimal;
//               models: id ("regular", "<ε>", "optimum <ε>"), weights (half precision: w, then b) or, of
//                 sparse ones, places (uint16) and values (float32) of weights that aren't 0, then b; lost (how many
//                 test images are right at ε = 0, then how many fewer at each next ε), saysSecond (of how many)
"use strict";

const SIDE = 28;                    // pixels of an image
const PIXELS = SIDE * SIDE;
const WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

const data = JSON.parse(document.getElementById("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const means = data.means.map((text) => Float64Array.from(new Float32Array(bytes(text).buffer)));
const images = new Map(data.images.map(([index, digit, text]) => [index, { index, digit, image: unpackPixels(text) }]));
const LARGEST_EPSILON = data.largestEpsilon;

function unpackPixels(text) {
  const image = new Float64Array(PIXELS);
  const packed = bytes(text);
  for (let from = 0, to = 0; from < packed.length; from++) {
    if (packed[from]) image[to++] = packed[from] / 255;
    else to += packed[++from];
  }
  return image;
}

function half(bits) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24;
  return bits >> 15 ? -size : size;
}

function unpackWeights({ weights, places, values }) {
  if (weights) {
    const all = Float64Array.from(new Uint16Array(bytes(weights).buffer), half);
    return { w: all.slice(0, PIXELS), b: all[PIXELS] };
  }
  const w = new Float64Array(PIXELS);
  const some = new Float32Array(bytes(values).buffer);
  new Uint16Array(bytes(places).buffer).forEach((place, i) => { w[place] = some[i]; });
  return { w, b: some.at(-1) };
}

// All about two digits, made when it is first asked for; `name` is like "0-1".
const pairs = new Map(data.pairs.map((pair) => [pair.digits.join("-"), pair]));
const unpacked = new Map();

function pairOf(name) {
  if (!unpacked.has(name)) unpacked.set(name, unpackPair(name, pairs.get(name)));
  return unpacked.get(name);
}

function unpackPair(name, pair) {
  const words = pair.digits.map((digit) => WORDS[digit]);
  const [first, second] = pair.digits.map((digit) => means[digit]);
  const difference = second.map((value, i) => value - first[i]);
  const models = pair.models.map((model, i) => unpackModel(model, "ABCDEFGH"[i], words, pair.testImages));
  return { ...pair, name, words, difference, models, images: shownImages(pair.images, models, pair.digits) };
}

function unpackModel(packed, letter, words, testImages) {
  const { w, b } = unpackWeights(packed);
  const [epsilon] = packed.id.split(" ").slice(-1).map((word) => Number(word) || 0);
  const kind = packed.id.startsWith("optimum") ? "optimum" : epsilon ? "robust" : "regular";
  const all = testImages[0] + testImages[1];
  let right = 0;
  const correct = packed.lost.map((number, i) => (right = i ? right - number : number));
  return {
    id: packed.id,
    letter,
    name: kind === "regular" ? "Regular" : `${kind === "robust" ? "Robust" : "Optimum"}, ε = ${epsilon}`,
    subject: {
      regular: "The regular model",
      robust: `The robust model (ε = ${epsilon})`,
      optimum: `The optimum (ε = ${epsilon})`,
    }[kind],
    isOptimum: kind === "optimum",
    stroke: `tone-${Math.round(10 * epsilon)} ${kind}`,
    w,
    b,
    norm: w.reduce((sum, weight) => sum + Math.abs(weight), 0),        // ‖w‖₁
    largest: w.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
    correct,
    // What a model says that learned nothing
    habit: packed.saysSecond % all ? null : `always says ${words[packed.saysSecond ? 1 : 0]}`,
  };
}

// Hard are those that some model gets wrong; models that always say the same don't count.
function shownImages(indices, models, digits) {
  return indices.map((index) => {
    const { image, digit } = images.get(index);
    const label = digit === digits[1] ? 1 : -1;
    return { index, digit, image, label, hard: models.some((model) => !model.habit && isMistake(label, logit(image, model))) };
  });
}
