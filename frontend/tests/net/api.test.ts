import { expect, test } from "vitest";

import { openApi, Refused } from "../../src/net/api";
import { fakeFetch, refusal } from "./fakes";

const summary = { id: "conv_1", object: "conversation", title: "A talk", created_at: 1, updated_at: 2, messages: 3 };
const known = { id: "conv_1", title: "A talk", createdAt: 1, updatedAt: 2, messages: 3 };
const lost = () => {
  throw new TypeError("Failed to fetch");
};

function open(answers: Record<string, () => Response>) {
  const { fetch, asked } = fakeFetch(answers);
  let keysNeeded = 0;
  const api = openApi({ fetch, onKeyNeeded: () => keysNeeded++ });
  return { api, asked, keysNeeded: () => keysNeeded };
}

test("conversations are listed page by page", async () => {
  const { api } = open({
    "v1/conversations?query=a+b%26c&limit=50": () => Response.json({ object: "list", data: [summary], next: "n/1" }),
    "v1/conversations?query=&limit=50&cursor=n%2F1": () => Response.json({ object: "list", data: [], next: null }),
  });
  expect(await api.list("a b&c")).toEqual({ found: [known], next: "n/1" });
  expect(await api.list("", "n/1")).toEqual({ found: [], next: null });
});

test("one is read, renamed and removed", async () => {
  const item = {
    id: "u1",
    type: "message",
    role: "user",
    status: "completed",
    content: [{ type: "input_text", text: "Hi" }],
  };
  const answers = [
    () => Response.json({ ...summary, items: [item] }),
    () => Response.json(summary),
    () => new Response(null, { status: 204 }),
  ];
  const { api, asked } = open({ "v1/conversations/conv_1": () => answers.shift()!() });
  expect(await api.read("conv_1")).toMatchObject({ title: "A talk", lines: [{ id: "u1", text: "Hi", via: "text" }] });
  expect(await api.rename("conv_1", "A talk")).toEqual(known);
  await api.remove("conv_1");
  expect(asked.map(({ method, body }) => [method, body])).toEqual([
    ["GET", null],
    ["PATCH", { title: "A talk" }],
    ["DELETE", null],
  ]);
});

test("every request has a time limit", async () => {
  const { api, asked } = open({ "v1/voices": () => Response.json({ data: [], default: null }) });
  await api.voices();
  await api.isKeyNeeded();
  await api.health();
  await api.signIn("key");
  expect(asked.map(({ signal }) => signal instanceof AbortSignal)).toEqual([true, true, true, true]);
});

test("voices are names, and one of them may be the operator's choice", async () => {
  const { api } = open({ "v1/voices": () => Response.json({ data: [{ id: "a", object: "voice" }], default: "a" }) });
  expect(await api.voices()).toEqual({ names: ["a"], preset: "a" });
});

test("a missing key leads to the sign-in, whatever was asked for", async () => {
  const { api, keysNeeded } = open({ "v1/voices": () => refusal(401, "key_needed") });
  await expect(api.voices()).rejects.toEqual(
    new Refused({ code: "key_needed", message: "the server's words on key_needed" }),
  );
  expect(keysNeeded()).toBe(1);
  expect(await api.isKeyNeeded()).toBe(true);
  expect(keysNeeded()).toBe(1); // to look is not to ask
});

test("a server that is not there is unreachable, and asks for no key", async () => {
  const { api } = open({ "v1/voices": lost, ready: lost, "v1/sign-in": lost });
  await expect(api.voices()).rejects.toThrow("unreachable");
  expect(await api.isKeyNeeded()).toBe(false);
  expect(await api.signIn("key")).toEqual({ code: "unreachable" });
  expect(await api.health()).toMatchObject({ reachable: false });
});

test("a key is accepted, or the server says why not", async () => {
  expect(await open({ "v1/sign-in": () => new Response(null, { status: 204 }) }).api.signIn("key")).toBeNull();
  const { api } = open({ "v1/sign-in": () => refusal(401, "wrong_key") });
  expect(await api.signIn("key")).toMatchObject({ code: "wrong_key" });
});

test("an answer that is not the assistant's own is no answer of it", async () => {
  const { api } = open({ "v1/voices": () => new Response("<h1>Bad gateway</h1>", { status: 502 }) });
  await expect(api.voices()).rejects.toThrow("unreachable");
});

test("names are quoted in addresses, which stay below the page", () => {
  const { api } = open({});
  expect(api.exportAddress("conv_1", "markdown")).toBe("v1/conversations/conv_1/export?format=markdown");
  expect(api.sampleAddress("声 1/2", "ja")).toBe("v1/voices/%E5%A3%B0%201%2F2/sample?language=ja");
});
