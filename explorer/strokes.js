// Digits that the reader draws: strokes are lists of [x, y] in points of the pad.

const BOX = 20;                     // MNIST's digits are scaled to fit a box of 20 x 20 pixels
const FINE = 4;                     // the drawing pad has 4 x 4 points to a pixel
const PAD = SIDE * FINE;
const PEN = 1.1 * FINE;             // the pen's radius, in points of the pad

// The strokes as points on the pad, 0 or 1: all within the pen's radius of a stroke.
function rasterise(strokes) {
  const points = new Uint8Array(PAD * PAD);
  const around = (a, b) => [Math.max(0, Math.floor(Math.min(a, b) - PEN)), Math.min(PAD - 1, Math.max(a, b) + PEN)];
  for (const stroke of strokes) {
    stroke.forEach(([x1, y1], i) => {
      const [x0, y0] = stroke[Math.max(0, i - 1)];
      const [[left, right], [top, bottom]] = [around(x0, x1), around(y0, y1)];
      const length = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const along = within(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1);
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
  const [columns, rows] = [inked.map((i) => i % side), inked.map((i) => Math.floor(i / side))];
  const [left, top] = [Math.min(...columns), Math.min(...rows)];
  const [width, height] = [Math.max(...columns) + 1 - left, Math.max(...rows) + 1 - top];
  const step = Math.max(width, height) / BOX;                  // of the source to one pixel

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

// In a link: "56.20.56.92_30.60.60.60"
const encodeStrokes = (strokes) => strokes.map((stroke) => stroke.flat().join(".")).join("_");

function decodeStrokes(text) {
  const pointsOf = (part) => Array.from(part.matchAll(/(\d+)\.(\d+)/g), ([, x, y]) => [Number(x), Number(y)]);
  return text.split("_").map(pointsOf).filter((stroke) => stroke.length);
}
