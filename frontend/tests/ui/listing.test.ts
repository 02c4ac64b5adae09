import { expect, test } from "vitest";

import type { Conversations } from "../../src/kaiwa";
import type { Summary } from "../../src/state/model";
import { Listing } from "../../src/ui/listing.svelte";
import { fakeKaiwa } from "./fake-kaiwa";

const summary = (id: string, title = id): Summary => ({ id, title, createdAt: 0, updatedAt: 0, messages: 2 });
const titles = (listing: Listing) => listing.found.map(({ title }) => title);

/** A list that answers when it is told to, in any order. */
function slowList() {
  const waiting: ((found: Summary[], next?: string) => void)[] = [];
  const list: Conversations["list"] = () =>
    new Promise((resolve) => waiting.push((found, next) => resolve({ found, next: next ?? null })));
  return { conversations: { ...fakeKaiwa().conversations, list }, waiting };
}

test("the answer to an older search is passed over", async () => {
  const { conversations, waiting } = slowList();
  const listing = new Listing(conversations);
  const searches = [listing.search("ga"), listing.search("garden")];
  waiting[1]!([summary("garden")]);
  waiting[0]!([summary("gas bill")]);
  await Promise.all(searches);
  expect(titles(listing)).toEqual(["garden"]);
});

test("more is put behind what is there", async () => {
  const { conversations, waiting } = slowList();
  const listing = new Listing(conversations);
  const first = listing.search("");
  waiting[0]!([summary("one")], "cursor");
  await first;
  const second = listing.more("");
  waiting[1]!([summary("two")]);
  await second;
  expect(titles(listing)).toEqual(["one", "two"]);
  expect(listing.next).toBeNull();
});

test("a list that cannot be had says so, and can be asked for again", async () => {
  let works = false;
  const list: Conversations["list"] = () =>
    works ? Promise.resolve({ found: [], next: null }) : Promise.reject(new Error("down"));
  const listing = new Listing({ ...fakeKaiwa().conversations, list });
  await listing.search("");
  expect(listing.condition).toBe("failed");
  works = true;
  await listing.search("");
  expect(listing.condition).toBe("ready");
});

test("renaming and deleting show at once; a refusal changes nothing", async () => {
  const kaiwa = fakeKaiwa();
  kaiwa.kept = [summary("one"), summary("two")];
  const listing = new Listing(kaiwa.conversations);
  await listing.search("");
  await listing.rename("one", "first");
  await listing.remove("two");
  await expect(listing.rename("gone", "x")).rejects.toThrow();
  expect(titles(listing)).toEqual(["first"]);
});
