import { render } from "svelte/server";
import { beforeEach, expect, test } from "vitest";

import type { Line as LineModel, Turn } from "../../src/state/model";
import Line from "../../src/ui/Line.svelte";
import { Panels } from "../../src/ui/panels.svelte";
import { setPageLanguage } from "../../src/words";
import Staged from "./Staged.svelte";
import { line, turn } from "./scenes";

beforeEach(() => setPageLanguage("en", []));

function html(given: LineModel, of?: Turn): string {
  const props = { component: Line, props: { line: given, turn: of }, panels: new Panels() };
  return render(Staged, { props }).body.replaceAll(/<!--.*?-->/g, "");
}

const said = (text: string) => />([^<]*)<\/span>/.exec(text.slice(text.indexOf('class="said')))![1];

test("what may still change is told apart from what is certain", () => {
  const shown = html(line("item_1", "user", "How long ", { unstable: "will it", status: "open" }));
  expect(shown).toMatch(/class="said[^>]*>How long <\/span><span class="unstable[^>]*>will it/);
});

test("an answer is shown as far as its voice has come", () => {
  const shown = html(line("item_1", "assistant", "It takes two years.", { voiced: 8, status: "final" }));
  expect(shown.replaceAll(/<[^>]*>/g, "")).toContain("It takes");
  expect(shown).not.toContain("years");
});

test("what was cut off says so", () => {
  const shown = html(line("item_1", "assistant", "It takes", { status: "cut" }));
  expect(said(shown)).toBe("It takes");
  expect(shown).toContain("cut off here");
  expect(shown).toContain('data-status="cut"');
});

test("what was not understood says so, on both sides in its own words", () => {
  expect(html(line("item_1", "user", "", { status: "failed" }))).toContain("not understood");
  expect(html(line("item_1", "assistant", "It", { status: "failed" }))).toContain("broke off here");
});

test("an open line without a word is not shown yet", () => {
  expect(html(line("item_1", "assistant", "", { status: "open" }))).toMatch(/<li[^>]* hidden/);
});

test("an answer whose turn was measured says how long it took", () => {
  expect(html(line("item_1", "assistant", "Yes."), turn(1, { first_audio: 1600, heard: 1874 }))).toContain("1.9 s");
  expect(html(line("item_1", "assistant", "Yes."))).not.toContain("<button");
});

test("a line is marked with the language it is in", () => {
  expect(html(line("item_1", "user", "水やりは？"))).toContain('lang="ja"');
});
