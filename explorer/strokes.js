// Digits that the reader draws: strokes are lists of [x, y] in points of the pad.

const BOX = 20;                     // MNIST's digits are scaled to fit a box of 20 x 20 pixels
const FINE = 4;                     // the drawing pad has 4 x 4 points to a pixel
const PAD = SIDE * FINE;
const PEN = 1.1 * FINE;             // the pen's radius, in points of the pad
const LONGEST_DRAWING = 2000;       // points; keeps links short
const LIFTED = 255;                 // ends a stroke in a link

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


// In a link

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
