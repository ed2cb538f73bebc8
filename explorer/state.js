// State: all that a link holds. Everything on the page follows from it.

const state = {
  pair: "0-1",
  source: "test",                   // or "drawn"
  image: -1,                        // index in the test set; `settle` finds the pair's own
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
const within = (value, least, most) => Math.min(most, Math.max(least, value));

// What doesn't go together, or what a link says wrongly, gives way.
function settle() {
  const isShown = (id) => shownModels().some((model) => model.id === id);
  if (!pairs.has(state.pair)) state.pair = "0-1";
  if (!isShown(state.model)) state.model = "regular";
  if (state.attacker !== "means" && !isShown(state.attacker)) state.attacker = "model";
  if (state.source !== "drawn") state.source = "test";
  if (state.label !== 1) state.label = -1;
  const { images: shown } = pair();                  // of each digit eight, from the most mistaken to the safest
  if (!shown.some((one) => one.index === state.image)) state.image = shown[5].index;
  if (Number.isNaN(state.epsilon)) state.epsilon = 0.2;
  state.epsilon = Math.round(200 * within(state.epsilon, 0, LARGEST_EPSILON)) / 200;
}

// A value of the state from what a link or a control calls it
function valueOf(name, text) {
  switch (typeof state[name]) {
    case "number": return Number(text);
    case "boolean": return text === "true";
    case "object": return decodeStrokes(text);
    default: return text;
  }
}

const toFragment = () => `#${new URLSearchParams({ ...state, strokes: encodeStrokes(state.strokes) })}`;

function readFragment() {
  for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
    if (Object.hasOwn(state, name)) state[name] = valueOf(name, text);
  }
}
