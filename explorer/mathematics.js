// Mathematics. Images are 784 numbers, labels -1 or +1.

function logit(image, model) {
  let sum = model.b;
  for (let i = 0; i < PIXELS; i++) sum += model.w[i] * image[i];
  return sum;
}

// Where an attacker thinks that more ink speaks for the second digit (1) or for the first (-1): it knows the attacked
// model itself, or only both digits' mean images, or only another model.
function directionOf(attacker, model) {
  const known = attacker === "means" ? pair().difference
    : attacker === "model" ? model.w : pair().models.find((other) => other.id === attacker).w;
  return known.map(Math.sign);
}

// The perturbation of max norm ε, -yε times the direction, added to an image.
function attack(image, label, direction, epsilon, clip) {
  return image.map((value, i) => {
    const perturbed = value - label * epsilon * direction[i];
    return clip ? within(perturbed, 0, 1) : perturbed;
  });
}

// The smallest ε that fools a model, or 0 where it is wrong anyway. For each unit of ε the margin falls by
// w · direction, which is ‖w‖₁ where the attacker knows the model; if pixels stay between white and black, each takes
// part only until it gets there, so the fall slows down pixel by pixel.
function smallestEpsilon(image, label, model, direction, clip) {
  let margin = label * logit(image, model);
  let slope = model.w.reduce((sum, weight, i) => sum + weight * direction[i], 0);
  if (margin <= 0) return 0;
  if (!clip) return slope > 0 ? margin / slope : Infinity;
  const room = image.map((value, i) => (label * direction[i] > 0 ? value : 1 - value));
  let epsilon = 0;
  for (const i of Array.from(room.keys()).sort((a, b) => room[a] - room[b])) {
    const next = margin - slope * (room[i] - epsilon);
    if (next <= 0) return epsilon + margin / slope;
    [epsilon, margin] = [room[i], next];
    slope -= model.w[i] * direction[i];
  }
  return Infinity;
}

// A logit of exactly 0 counts as a mistake.
const isMistake = (label, value) => label * value <= 0;

// What a model makes of an image and of what the attacker makes of that: it is "right", "fooled" by the change, or
// "wrong" without it.
function outcome(image, label, model, epsilon, clip, direction) {
  const changed = attack(image, label, direction, epsilon, clip);
  const [clean, after] = [logit(image, model), logit(changed, model)];
  const verdict = isMistake(label, clean) ? "wrong" : isMistake(label, after) ? "fooled" : "right";
  return { changed, clean, after, verdict, smallest: smallestEpsilon(image, label, model, direction, clip) };
}
