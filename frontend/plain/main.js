// The page: puts the words in, wires the button to a conversation, and shows the state after every event.

import { Captions } from "./captions.js";
import { describe } from "./problem.js";
import { keyNeeded, signIn, takeKeyFromAddress } from "./sign-in.js";
import { watchStages } from "./stages.js";
import { initial, phaseOf, reduce } from "./state.js";
import { language, sentenceFor, words } from "./strings.js";
import { Talk } from "./talk.js";

const QUIETEST_DB = -55; // a quiet room; full scale is 0

const find = (id) => document.getElementById(id);
const button = find("talk");
const captions = new Captions(find("lines"), find("announcer"));
let state = initial;
let talk = null;

function tell(event) {
  state = reduce(state, { at: performance.now(), ...event });
  show();
}

function show() {
  const phase = phaseOf(state);
  document.body.dataset.phase = phase;
  find("phase").textContent = words(`phase.${phase}`);
  button.setAttribute("aria-label", words(phase === "idle" ? "talk" : "stop"));
  find("hint").hidden = state.lines.some((line) => line.text + line.unstable !== "");
  find("hint-now").textContent = words(phase === "idle" ? "hintIdle" : "hintLive");
  captions.show(state.lines);
  showProblem(state.problem);
}

function showProblem(problem) {
  const sentence = problem ? sentenceFor(problem) : "";
  const place = find("problem");
  if (place.textContent !== sentence) place.textContent = sentence; // the same words again would be read out again
  if (problem?.code === "key_needed") find("sign-in").hidden = false;
}

function showLevel(rms) {
  const share = 1 - (20 * Math.log10(rms + 1e-6)) / QUIETEST_DB;
  button.style.setProperty("--level", Math.max(0, Math.min(1, share)).toFixed(3));
}

function toggleTalk() {
  if (state.stage === "off") {
    talk = new Talk(tell, showLevel);
    talk.start();
  } else talk.stop();
}

/** Returns whether the key was accepted; if not, the page says why and asks for another. */
async function tradeKey(key) {
  let problem = null;
  try {
    await signIn(key);
  } catch (error) {
    problem = describe(error);
  }
  find("sign-in").hidden = problem === null;
  showProblem(problem);
  return problem === null;
}

async function signInFromForm(submit) {
  submit.preventDefault();
  if (await tradeKey(find("key").value)) button.focus();
  else find("key").select();
}

async function signInAtStart() {
  const key = takeKeyFromAddress();
  if (key !== null) await tradeKey(key);
  else if (await keyNeeded()) find("sign-in").hidden = false;
}

document.documentElement.lang = language;
document.querySelectorAll("[data-words]").forEach((element) => (element.textContent = words(element.dataset.words)));
document.querySelectorAll("[data-label]").forEach((e) => e.setAttribute("aria-label", words(e.dataset.label)));
button.addEventListener("click", toggleTalk);
find("sign-in").addEventListener("submit", signInFromForm);
show();
signInAtStart();
watchStages(find("stages"), find("warnings"));
