import { expect, test } from "vitest";

import { meaningOf, NO_ANSWER, TOO_SLOW } from "../../src/net/ends";

const ready = { wasReady: true, told: null };
const unready = { wasReady: false, told: null };
const told = (code: string) => ({ wasReady: true, told: { code } });

test.each([1001, 1005, 1006, 1011, 1012, 1014])("after %i it connects again and complains of nothing", (code) => {
  expect(meaningOf({ code, ...ready })).toEqual({ again: true, problem: null });
});

test.each([1000, 1002, 1003, 1007, 1008, 1009, 3000])("after %i it does not", (code) => {
  expect(meaningOf({ code, ...ready }).again).toBe(false);
});

test("a session that ended because nobody spoke is not begun again", () => {
  expect(meaningOf({ code: 1001, ...told("session_idle") })).toEqual({
    again: false,
    problem: { code: "session_idle" },
  });
});

test("one that reached its longest time is", () => {
  expect(meaningOf({ code: 1001, ...told("session_expired") })).toEqual({ again: true, problem: null });
});

test("what was taken over or deleted is left alone, and the server's word is the problem", () => {
  for (const code of ["conversation_taken_over", "conversation_deleted", "too_many_errors"]) {
    expect(meaningOf({ code: 1008, ...told(code) })).toEqual({ again: false, problem: { code } });
  }
});

test("a server that is full, slow or not there is tried again, and the person is told", () => {
  expect(meaningOf({ code: 1013, ...unready })).toEqual({ again: true, problem: { code: "busy" } });
  expect(meaningOf({ code: 1013, ...ready })).toEqual({ again: true, problem: { code: "slow" } });
  expect(meaningOf({ code: TOO_SLOW, ...ready })).toEqual({ again: true, problem: { code: "slow" } });
  expect(meaningOf({ code: 1006, ...unready })).toEqual({ again: true, problem: { code: "unreachable" } });
  expect(meaningOf({ code: NO_ANSWER, ...unready })).toEqual({ again: true, problem: { code: "unreachable" } });
});

test("an end without a word is an end", () => {
  expect(meaningOf({ code: 1000, ...ready })).toEqual({ again: false, problem: { code: "ended" } });
  expect(meaningOf({ code: 1002, ...ready })).toEqual({ again: false, problem: { code: "lost" } });
});
