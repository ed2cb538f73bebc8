// Accidents; names and amounts are those of studies/accidents/kinds.py. Images are 784 numbers, 0 for paper and 1 for ink.

const MIDDLE = (SIDE - 1) / 2;

// All of them at these amounts: geometry, light, noise, cut off at 0 and 1; then ink.
function happen(image, amounts) {
  let changed = move(lookUp(image, amounts.rotate, amounts.scale), amounts.right, amounts.down);
  if (amounts.contrast !== 1) {
    const middle = changed.reduce((sum, value) => sum + value) / PIXELS;
    changed = changed.map((value) => middle + amounts.contrast * (value - middle));
  }
  if (amounts.brightness) changed = changed.map((value) => value + amounts.brightness);
  if (amounts.gaussian_noise) {
    const noise = normalNumbers(amounts.seed, PIXELS);
    changed = changed.map((value, i) => value + amounts.gaussian_noise * noise[i]);
  }
  changed = changed.map((value) => within(value, 0, 1));
  const hidden = Math.floor((SIDE - amounts.occlusion) / 2);
  fillSquare(changed, hidden, hidden, Math.floor((SIDE + amounts.occlusion) / 2) - hidden, 0);
  const speckAt = (centre) => centre - Math.floor(amounts.speck / 2);
  fillSquare(changed, speckAt(amounts.speckX), speckAt(amounts.speckY), amounts.speck, 1);
  return changed;
}

// Rotated (clockwise) and scaled about the middle: each pixel's ink is that found, bilinearly, where it came from.
function lookUp(image, degrees, factor) {
  if (!degrees && factor === 1) return image.slice();
  const cos = Math.cos((degrees * Math.PI) / 180) / factor;
  const sin = Math.sin((degrees * Math.PI) / 180) / factor;
  return image.map((_, i) => {
    const [x, y] = [(i % SIDE) - MIDDLE, Math.floor(i / SIDE) - MIDDLE];
    return inkAt(image, MIDDLE + cos * x + sin * y, MIDDLE - sin * x + cos * y);
  });
}

function inkAt(image, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const pixel = (column, row) => (column < 0 || column >= SIDE || row < 0 || row >= SIDE ? 0 : image[row * SIDE + column]);
  const along = (row) => (left + 1 - x) * pixel(left, row) + (x - left) * pixel(left + 1, row);
  return (top + 1 - y) * along(top) + (y - top) * along(top + 1);
}

// Moved by whole pixels; what comes in from beyond the frame is paper.
function move(image, right, down) {
  return image.map((_, i) => {
    const [x, y] = [(i % SIDE) - right, Math.floor(i / SIDE) - down];
    return x < 0 || x >= SIDE || y < 0 || y >= SIDE ? 0 : image[y * SIDE + x];
  });
}

function fillSquare(image, left, top, side, value) {
  for (let y = Math.max(0, top); y < Math.min(SIDE, top + side); y++) {
    for (let x = Math.max(0, left); x < Math.min(SIDE, left + side); x++) image[y * SIDE + x] = value;
  }
}

// Numbers from the standard normal distribution, the same for a seed in every browser: mulberry32, then Box and Muller.
function normalNumbers(seed, count) {
  let mixed = seed * 0x9e3779b9;
  const uniform = () => {
    mixed = (mixed + 0x6d2b79f5) | 0;
    let bits = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}
