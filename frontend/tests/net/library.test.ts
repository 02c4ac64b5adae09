import { expect, test } from "vitest";

import { Refused } from "../../src/net/api";
import { Library } from "../../src/net/library";
import type { Choice } from "../../src/net/wishes";
import { initial, type Conversation } from "../../src/state/model";
import { newLine } from "../../src/state/line";
import { openState } from "../../src/state/store";

const summary = { id: "conv_1", title: "A talk", createdAt: 1, updatedAt: 2, messages: 3 };
const kept: Conversation = { id: "conv_1", token: "secret", kept: true, title: "" };
const line = { ...newLine("u1", "user", "text"), text: "Hi", status: "final" as const };

function open(conversation: Conversation | null) {
  const state = openState({ ...initial, conversation });
  const done: string[] = [];
  const answers = { read: async () => ({ title: "A talk", lines: [line] }) };
  const library = new Library({
    api: {
      list: async () => ({ found: [summary], next: null }),
      read: (id) => (done.push(`read ${id}`), answers.read()),
      rename: async (id, title) => (done.push(`rename ${id}`), { ...summary, title }),
      remove: async (id) => void done.push(`remove ${id}`),
      exportAddress: (id, format) => `${id}.${format}`,
    },
    talk: {
      stop: async () => void done.push("stop"),
      turnTo: async (choice: Choice | null) => {
        done.push(`turn to ${JSON.stringify(choice)}`);
        state.dispatch({ type: "conversation.begun", at: 0 });
      },
    },
    state,
    tell: (event) => state.dispatch({ ...event, at: 0 }),
  });
  return { library, state, done, answers };
}

test("an old conversation is shown before anything is said in it", async () => {
  const { library, state, done } = open(kept);
  await library.open("conv_2");
  expect(done).toEqual(["read conv_2", 'turn to {"id":"conv_2"}']);
  expect(state.now()).toMatchObject({ lines: [line], conversation: { id: "conv_2", kept: true, title: "A talk" } });
  await library.open("conv_2");
  expect(done).toHaveLength(2); // it is there already
});

test("one that cannot be read is not turned to, and the person is told why", async () => {
  const { library, state, done, answers } = open(kept);
  answers.read = () => Promise.reject(new Refused({ code: "conversation_not_found" }));
  await library.open("conv_2");
  expect(done).toEqual(["read conv_2"]);
  expect(state.now()).toMatchObject({ problem: { code: "conversation_not_found" }, conversation: kept });
});

test("the present one is left before it is removed, another is not", async () => {
  const { library, done } = open(kept);
  await library.remove("conv_2");
  await library.remove("conv_1");
  expect(done).toEqual(["remove conv_2", "stop", "turn to null", "remove conv_1"]);
});

test("the present one gets its new name", async () => {
  const { library, state } = open(kept);
  await library.rename("conv_2", "Another");
  expect(state.now().conversation?.title).toBe("");
  expect(await library.rename("conv_1", "Mine")).toMatchObject({ title: "Mine" });
  expect(state.now().conversation?.title).toBe("Mine");
});

test("after a reload the words of a kept conversation are fetched, those of a private one are nowhere", async () => {
  const { library, state } = open(kept);
  await library.recall();
  expect(state.now()).toMatchObject({ lines: [line], conversation: { ...kept, title: "A talk" } });
  const secret = open({ ...kept, kept: false });
  await secret.library.recall();
  expect(secret.done).toEqual([]);
  const nothing = open(null);
  await nothing.library.recall();
  expect(nothing.done).toEqual([]);
});

test("whoever talks already is not interrupted by what was before, and what is gone is not mourned", async () => {
  const { library, state, answers } = open(kept);
  answers.read = async () => {
    state.dispatch({ type: "talk.started", at: 0 });
    return { title: "A talk", lines: [line] };
  };
  await library.recall();
  expect(state.now().lines).toEqual([]);
  const gone = open(kept);
  gone.answers.read = () => Promise.reject(new Refused({ code: "conversation_not_found" }));
  await gone.library.recall();
  expect(gone.state.now()).toMatchObject({ problem: null, conversation: kept });
});

test("lists and addresses are handed on", async () => {
  const { library } = open(null);
  expect(await library.list("")).toEqual({ found: [summary], next: null });
  expect(library.exportAddress("conv_1", "json")).toBe("conv_1.json");
});
