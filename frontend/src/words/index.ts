// The words of the page, in the language it speaks now. What calls `words` in a template follows a change by itself.

import { createSubscriber } from "svelte/reactivity";

import type { Problem } from "../state/model";
import { en, type Key } from "./en";
import { ja } from "./ja";

const languages = { en, ja };

export type { Key };
export type PageLanguage = keyof typeof languages;

let spoken: PageLanguage = "en";
let tell = () => {};
const follow = createSubscriber((changed) => {
  tell = changed;
  return () => (tell = () => {});
});

export function words(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return languages[pageLanguage()][key].replace(/\{(\w+)\}/g, (blank, name: string) => String(values[name] ?? blank));
}

export function pageLanguage(): PageLanguage {
  follow();
  return spoken;
}

/** `auto` takes the first of `wishes` (the browser's languages) that we speak, or English. */
export function setPageLanguage(choice: PageLanguage | "auto", wishes: readonly string[]) {
  const wished = wishes.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in languages);
  spoken = choice === "auto" ? ((wished ?? "en") as PageLanguage) : choice;
  tell();
}

/** Our own sentence for the code, else the server's, else that it failed. */
export function sentenceFor({ code, message }: Problem): string {
  const key = `problem.${code}`;
  return isKey(key) ? words(key) : (message ?? words("problem.failed"));
}

export function hasWordsFor({ code }: Problem): boolean {
  return isKey(`problem.${code}`);
}

/** Milliseconds as seconds: "1.9 s". */
export function secondsOf(ms: number, digits = 1): string {
  return words("seconds", { s: (ms / 1000).toFixed(digits) });
}

/** "Ears, Mind, and Voice", as the page's language lists things. */
export function listOf(names: readonly string[]): string {
  return new Intl.ListFormat(pageLanguage(), { type: "unit" }).format(names);
}

/** The language a text is plainly written in, for fonts, line breaks and screen readers. */
export function languageOf(text: string): PageLanguage {
  return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(text) ? "ja" : "en";
}

function isKey(key: string): key is Key {
  return key in en;
}
