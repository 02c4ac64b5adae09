import { expect, test } from "vitest";

import type { Phase } from "../../src/state/model";
import { colourOf, Mood } from "../../src/ui/presence/mood";

const FRAME_S = 1 / 60;
const quiet = { microphone: 0, speaker: 0 };

function run(mood: Mood, seconds: number, phase: Phase, levels = quiet) {
  for (let frame = 0; frame < seconds / FRAME_S; frame++) mood.advance(FRAME_S, phase, levels);
  return mood;
}

test("at rest the ring comes to a stop, so that no more frames are drawn", () => {
  expect(run(new Mood(), 0.02, "speaking").settled).toBe(false);
  expect(run(run(new Mood(), 1, "hearing", { microphone: 0.8, speaker: 0 }), 4, "off").settled).toBe(true);
});

test("while a conversation lives the ring does, too", () => {
  expect(run(new Mood(), 5, "listening").settled).toBe(false);
});

test("a voice bends the ring, and silence lets it rest", () => {
  const loud = run(new Mood(), 1, "speaking", { microphone: 0, speaker: 0.8 }).shape.wave;
  expect(loud).toBeGreaterThan(0.1);
  expect(run(new Mood(), 1, "speaking").shape.wave).toBeLessThan(0.02);
});

test("what is heard travels inwards, and only while somebody is heard", () => {
  const loud = { microphone: 0.6, speaker: 0 };
  expect(run(new Mood(), 0.6, "hearing", loud).ripples.length).toBeGreaterThan(1);
  expect(run(new Mood(), 0.6, "speaking", loud).ripples).toEqual([]);
});

test("thinking goes round, and comes home when it is over", () => {
  const mood = run(new Mood(), 0.9, "thinking");
  const home = new Mood().shape.turn;
  expect(Math.abs(mood.shape.turn - home)).toBeGreaterThan(0.1);
  expect(run(mood, 2, "listening").shape.turn).toBeCloseTo(home, 2);
});

test("the brush paints the ring anew while it connects", () => {
  const mood = new Mood();
  mood.paintAgain();
  const before = run(mood, 0.1, "connecting").shape.sweep;
  expect(run(mood, 0.5, "connecting").shape.sweep).toBeGreaterThan(before);
});

test("who asked for less motion gets one drawing for each phase, each of its own", () => {
  const phases: Phase[] = ["off", "connecting", "reconnecting", "listening", "hearing", "thinking", "speaking"];
  const drawings = phases.map((phase) => {
    const mood = new Mood();
    mood.hold(phase);
    expect(mood.settled).toBe(true);
    return JSON.stringify([mood.shape, mood.ripples, colourOf(phase, false)]);
  });
  expect(new Set(drawings).size).toBe(phases.length);
});

test("a muted ring is pale only while it listens", () => {
  expect(colourOf("listening", true)).toBe("faint");
  expect(colourOf("speaking", true)).toBe("kaiwa");
});
