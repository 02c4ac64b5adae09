// The visual of the assistant: one ring, painted with a brush. Pure drawing; what a frame shows is said by `mood.ts`.

const BRISTLES = 22;
const STEPS = 96;
const FULL = 2 * Math.PI;
const MOST_RIPPLES = 5;
const BARE = 0.75; // below this sweep the way of the brush is shown
const SEAM = 0.04; // from this gap on, the ring closes

/** What one frame shows. Lengths are shares of half the canvas. */
export interface Shape {
  radius: number;
  weight: number; // half the brush's width
  sweep: number; // how much of the circle is painted, 0 to 1
  turn: number; // where it begins, in turns clockwise from the right
  dry: number; // how early the bristles run out of ink, 0 to 1
  wave: number; // how far a voice bends the ring
  fray: number; // how far the bristles swing apart, 0 to 1
  tone: number; // opacity
}

/** A thin circle around the ring that carries a sound inwards; `age` from 0 (outside) to 1 (arrived). */
export interface Ripple {
  age: number;
  strength: number;
}

interface Bristle {
  across: number; // -1 at the inner edge of the brush to 1 at the outer
  starts: number; // share of the stroke before it touches the paper
  ends: number; // share of the stroke that stays unpainted when the brush is dry
  width: number;
  tone: number;
}

const bristles: readonly Bristle[] = Array.from({ length: BRISTLES }, (_, index) => {
  const across = (2 * index) / (BRISTLES - 1) - 1;
  return {
    across,
    starts: 0.03 * across * across + 0.012 * chance(index),
    ends: 0.03 + 0.5 * chance(index + 40) ** 2.2,
    width: 0.75 + 0.6 * chance(index + 80),
    tone: 0.62 + 0.38 * chance(index + 120),
  };
});

const cos = new Float32Array(STEPS + 1);
const sin = new Float32Array(STEPS + 1);
const angle = new Float32Array(STEPS + 1);
const half = new Float32Array(STEPS + 1);

/** Paints `shape` into a square canvas of `size` pixels; `seconds` moves the waves. */
export function paint(context: CanvasRenderingContext2D, size: number, shape: Shape, seconds: number, colour: string) {
  const unit = size / 2;
  context.clearRect(0, 0, size, size);
  context.strokeStyle = colour;
  context.lineCap = "round";
  context.lineJoin = "round";
  paintTrace(context, unit, shape);
  layOut(shape, unit);
  for (const bristle of bristles) {
    context.globalAlpha = shape.tone * bristle.tone;
    context.lineWidth = Math.max(0.6, ((2.3 * shape.weight * unit) / BRISTLES) * bristle.width);
    context.beginPath();
    trace(context, shape, bristle, unit, seconds);
    context.stroke();
  }
}

export function paintRipples(
  context: CanvasRenderingContext2D,
  size: number,
  radius: number,
  ripples: readonly Ripple[],
) {
  const unit = size / 2;
  const room = 0.97 - radius;
  context.lineWidth = Math.max(1, unit * 0.012);
  for (const { age, strength } of ripples.slice(-MOST_RIPPLES)) {
    context.globalAlpha = strength * Math.sin(Math.PI * age) * 0.7;
    context.beginPath();
    context.arc(unit, unit, (radius + room * (1 - age)) * unit, 0, FULL);
    context.stroke();
  }
}

/** The way of the brush, where it leaves most of the circle bare. */
function paintTrace(context: CanvasRenderingContext2D, unit: number, { radius, weight, sweep, tone }: Shape) {
  const bare = Math.min(1, Math.max(0, (BARE - sweep) / 0.2));
  if (bare === 0) return;
  context.globalAlpha = 0.1 * bare * tone;
  context.lineWidth = weight * unit;
  context.beginPath();
  context.arc(unit, unit, radius * unit, 0, FULL);
  context.stroke();
}

/** Directions and half widths along the stroke: full where the brush is set down, thinner on its way, fuller again at the end. */
function layOut({ turn, sweep, weight }: Shape, unit: number) {
  for (let step = 0; step <= STEPS; step++) {
    const along = step / STEPS;
    const direction = (turn + along * sweep) * FULL;
    angle[step] = direction;
    cos[step] = Math.cos(direction);
    sin[step] = Math.sin(direction);
    half[step] = weight * unit * (0.66 + 0.34 * Math.cos(FULL * (along - 0.1)));
  }
}

function trace(
  context: CanvasRenderingContext2D,
  { radius, wave, fray, dry, sweep }: Shape,
  { across, starts, ends }: Bristle,
  unit: number,
  seconds: number,
) {
  const open = Math.min(1, (1 - sweep) / SEAM); // a whole circle has no ends
  const first = Math.floor(starts * open * STEPS);
  const last = Math.ceil((1 - ends * dry * open) * STEPS);
  const lag = fray * across * 1.4;
  const reach = wave * unit * (1 + 0.5 * fray * across);
  for (let step = first; step <= last; step++) {
    const bend = reach === 0 ? 0 : reach * ripple(angle[step]! + lag, seconds);
    const distance = radius * unit + across * half[step]! + bend;
    const x = unit + distance * cos[step]!;
    const y = unit + distance * sin[step]!;
    if (step === first) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
}

/** -1 to 1; whole numbers of waves, so that the ring closes. */
function ripple(direction: number, seconds: number) {
  return (
    0.5 * Math.sin(3 * direction + 2.1 * seconds) +
    0.3 * Math.sin(5 * direction - 3.4 * seconds) +
    0.2 * Math.sin(8 * direction + 5.2 * seconds)
  );
}

/** A number in [0, 1) that is the same on every visit: the brush has always been this brush. */
function chance(seed: number) {
  const value = Math.sin(seed * 127.1 + 11.7) * 43758.5453;
  return value - Math.floor(value);
}
