import { expect, test } from "vitest";

import { Pace } from "../../src/ui/presence/pace";

test("every sixty frames it says how long their script took", () => {
  const place = { dataset: {} as Record<string, string> } as unknown as HTMLElement;
  const pace = new Pace();
  for (let frame = 1; frame <= 59; frame++) pace.note(1, place);
  expect(place.dataset).toEqual({});
  pace.note(9, place);
  expect(place.dataset).toEqual({ frames: "60", frameMedian: "1.00", frameP95: "1.00" });
});
