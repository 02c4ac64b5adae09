import { expect, test } from "vitest";

import { dayOf } from "../../src/ui/dates";
import { setPageLanguage } from "../../src/words";

const at = (...given: [number, number, number, number?, number?]) => new Date(...given).getTime();
const now = at(2026, 10, 25, 17, 30);

test("a day is called as people call it", () => {
  setPageLanguage("en", []);
  const british = (time: number) => dayOf(time, now, ["en-GB"]);
  expect(british(at(2026, 10, 25, 14, 5))).toBe("14:05");
  expect(british(at(2026, 10, 24, 23, 59))).toBe("yesterday");
  expect(british(at(2026, 10, 20))).toBe("Friday");
  expect(british(at(2026, 2, 3))).toBe("3 Mar");
  expect(british(at(2025, 2, 3))).toBe("3 Mar 2025");
});

test("it is called so in the page's language, whatever the browser prefers", () => {
  setPageLanguage("ja", []);
  expect(dayOf(at(2026, 10, 24), now, ["en-GB"])).toBe("昨日");
  expect(dayOf(at(2026, 2, 3), now, ["en-GB"])).toBe("3月3日");
});
