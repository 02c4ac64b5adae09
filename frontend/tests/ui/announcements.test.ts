import { expect, test } from "vitest";

import { Announcements } from "../../src/ui/announcements";
import { line } from "./scenes";

test("a sentence is said once, when it is whole", () => {
  const announcements = new Announcements();
  const open = line("item_1", "user", "How long", { status: "open" });
  expect(announcements.next([open])).toEqual([]);
  expect(announcements.next([{ ...open, text: "How long will" }])).toEqual([]);
  const whole = { ...open, text: "How long will it take?", status: "final" as const };
  expect(announcements.next([whole])).toEqual([whole]);
  expect(announcements.next([whole])).toEqual([]);
});

test("an answer that was cut off is said as far as it was heard", () => {
  const announcements = new Announcements();
  announcements.next([line("item_1", "assistant", "It takes two ye", { status: "open" })]);
  const cut = line("item_1", "assistant", "It takes", { status: "cut" });
  expect(announcements.next([cut])).toEqual([cut]);
});

test("an old conversation is not read out when it is opened", () => {
  expect(new Announcements().next([line("item_1", "user", "Long ago")])).toEqual([]);
});
