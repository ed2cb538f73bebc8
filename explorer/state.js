// State: all that a link holds. Everything on the page follows from it.

const state = {
  pair: "0-1",
  source: "test",                   // or "drawn"
  image: data.opening,              // index in the test set
  strokes: [],                      // of the drawing: lists of [x, y] in points of the pad
  label: -1,                        // what the drawing is meant as
  model: "regular",
  optima: false,                    // whether they are shown
  epsilon: 0.2,
  attacker: "model",                // knows the attacked model, or "means", or the id of the only model it knows
  clip: true,                       // pixels stay between white and black; in the post they don't
};

const pair = () => pairOf(state.pair);
const word = (label) => pair().words[label > 0 ? 1 : 0];
const isBlank = () => state.source === "drawn" && !state.strokes.length;
const shownModels = () => pair().models.filter((model) => state.optima || !model.isOptimum);

// What doesn't go together gives way: a model or an image that another pair has, an ε beyond the slider.
function settle() {
  const { models, images: shown } = pair();
  const has = (id) => models.some((model) => model.id === id);
  if (!has(state.model)) state.model = "regular";
  if (!["model", "means"].includes(state.attacker) && !has(state.attacker)) state.attacker = "model";
  if (state.model.startsWith("optimum")) state.optima = true;
  const isShown = (index) => shown.some((one) => one.index === index);
  if (!isShown(state.image)) {
    const firsts = shown.filter((one) => one.label < 0);       // from the most mistaken to the safest
    state.image = isShown(data.opening) ? data.opening : firsts.at(-2).index;
  }
  state.epsilon = Math.round(200 * within(state.epsilon, 0, LARGEST_EPSILON)) / 200;
}

const within = (value, least, most) => Math.min(most, Math.max(least, value));

// The link

function toFragment() {
  const fragment = new URLSearchParams({ pair: state.pair });
  if (state.source === "test") {
    fragment.set("image", state.image);
  } else {
    fragment.set("drawn", encodeStrokes(state.strokes));
    fragment.set("label", word(state.label));
  }
  fragment.set("model", state.model);
  fragment.set("epsilon", state.epsilon);
  if (state.attacker !== "model") fragment.set("attacker", state.attacker);
  if (!state.clip) fragment.set("clip", "0");
  if (state.optima) fragment.set("optima", "1");
  return `#${fragment}`;
}

// What a fragment says wrongly or not at all stays as it is.
function fromFragment(text) {
  const fragment = new URLSearchParams(text.slice(1));
  const changes = {};
  const number = (name) => (fragment.has(name) ? Number.parseFloat(fragment.get(name)) : NaN);
  if (pairs.has(fragment.get("pair"))) changes.pair = fragment.get("pair");
  if (images.has(number("image"))) Object.assign(changes, { source: "test", image: number("image") });
  if (fragment.has("drawn")) Object.assign(changes, { source: "drawn", strokes: decodeStrokes(fragment.get("drawn")) });
  if (Number.isFinite(number("epsilon"))) changes.epsilon = number("epsilon");
  for (const name of ["model", "attacker"]) if (fragment.get(name)) changes[name] = fragment.get(name);
  if (text.length > 1) {
    changes.clip = fragment.get("clip") !== "0";
    changes.optima = fragment.get("optima") === "1";
    changes.attacker ??= "model";
  }
  if (fragment.has("label")) {
    changes.label = pairOf(changes.pair ?? state.pair).words.indexOf(fragment.get("label")) > 0 ? 1 : -1;
  }
  return changes;
}
