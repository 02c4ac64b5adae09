// How much of an answer's text has sounded by a moment of its sound. Pure; it weighs as the server's own count does,
// so that both cut at the same word.
//
// A piece of text begins with the sound that had arrived before it and lasts until the next piece begins. While the
// sound of the last piece is still coming, its length is guessed from its text.

import type { Mark } from "./model";

const WIDE = "\\u2e80-\\u{10ffff}"; // scripts without spaces
const PLAIN = `(?:(?![${WIDE}])[\\p{L}\\p{N}_])`;
// What is heard or not as a whole: a word, or one character of a script without spaces; marks go with it.
const UNIT = new RegExp(`[^\\p{L}\\p{N}_${WIDE}]*(?:[${WIDE}]|${PLAIN}+(?:['’.,-]${PLAIN}+)*)`, "gu");
const IS_WIDE = new RegExp(`[${WIDE}]`, "u");

// Speaking time, with a Latin letter as 1: a mora takes as long as two letters, a kanji is about two morae.
const LETTER = 1;
const DIGIT = 3;
const KANA = 2;
const KANJI = 4;
const SMALL_KANA = new Set("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ");
const MS_PER_LETTER = 75;

/** What is known of an answer's sound. */
export interface Sound {
  marks: readonly Mark[];
  soundMs: number; // that has come
  complete: boolean; // nothing more will come
}

/** How many characters of the text of all marks have sounded by `playedMs`: whole words, rounded down. */
export function voicedLength(sound: Sound, playedMs: number): number {
  if (playedMs <= 0) return 0;
  const pieces = joinSimultaneous(sound.marks);
  let length = 0;
  for (const [n, piece] of pieces.entries()) {
    const lasts = (pieces[n + 1]?.atMs ?? endOf(piece, sound)) - piece.atMs;
    if (playedMs < piece.atMs + lasts) return length + lengthBy(piece.text, (playedMs - piece.atMs) / lasts);
    if (lasts <= 0 && n + 1 === pieces.length && !sound.complete) return length; // its sound has not come yet
    length += piece.text.length;
  }
  return length;
}

/** The part of the text that was heard, when the sound was stopped at `playedMs` and no more of it will come. */
export function heardText(sound: Sound, playedMs: number): string {
  const text = sound.marks.map((mark) => mark.text).join("");
  return text.slice(0, voicedLength(sound, playedMs)).trimEnd();
}

function endOf(piece: Mark, { soundMs, complete }: Sound): number {
  if (complete || soundMs <= piece.atMs) return soundMs;
  return Math.max(soundMs, piece.atMs + weightOf(piece.text) * MS_PER_LETTER);
}

function joinSimultaneous(marks: readonly Mark[]): Mark[] {
  const pieces: Mark[] = [];
  for (const { atMs, text } of marks) {
    const last = pieces.at(-1);
    if (last?.atMs === atMs) last.text += text;
    else pieces.push({ atMs, text });
  }
  return pieces;
}

/** How many characters of `text` fit into a share (0 to 1) of its speaking time. */
function lengthBy(text: string, share: number): number {
  let budget = weightOf(text) * share;
  let length = 0;
  for (const { 0: unit, index } of text.matchAll(UNIT)) {
    budget -= weightOf(unit);
    if (budget < 0) break;
    length = index + unit.length;
  }
  return length;
}

function weightOf(text: string): number {
  let weight = 0;
  for (const character of text) weight += characterWeight(character);
  return weight;
}

function characterWeight(character: string): number {
  if (!/[\p{L}\p{N}]/u.test(character) || SMALL_KANA.has(character)) return 0;
  if (/\p{Nd}/u.test(character)) return DIGIT;
  if (character >= "\u3040" && character <= "\u30ff") return KANA;
  return IS_WIDE.test(character) ? KANJI : LETTER;
}
