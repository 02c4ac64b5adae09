// One conversation, from the press of the button to its end: microphone -> wire, wire -> speaker, and every event to `tell`.

import { openMicrophone } from "./audio/microphone.js";
import { PACKET_MS } from "./audio/packetizer.js";
import { RATE, decode, encode } from "./audio/pcm.js";
import { openSpeaker } from "./audio/speaker.js";
import { Problem, describe } from "./problem.js";
import { openWire } from "./wire.js";

const FADE_MS = 50;
// Races that every client has: the server forgot or finished a thing while we spoke of it.
const HARMLESS = new Set(["response_cancel_not_active", "item_truncate_invalid_item_id", "item_retrieve_invalid_item_id"]);

export class Talk {
  #tell;
  #showLevel;
  #parts = []; // what has been opened and is to be closed
  #wire = null;
  #speaker = null;
  #answer = null; // id of the response under way
  #silenced = null; // id of a response that was talked over: what still comes of it is dropped
  #began = false;
  #ending = new AbortController();

  /** `tell(event)` gets what state.js understands; `showLevel(rms)` the microphone's level. */
  constructor(tell, showLevel) {
    this.#tell = tell;
    this.#showLevel = showLevel;
  }

  async start() {
    this.#tell({ type: "talk.starting" });
    try {
      checkBrowser();
      await this.#open(openMicrophone({ onPacket: this.#hear, onLost: () => this.#fail(new Problem("microphone_lost")) }));
      this.#speaker = await this.#open(openSpeaker({ onReport: this.#report }));
      this.#wire = await openWire({ onMessage: this.#receive, onLost: this.#fail, signal: this.#ending.signal });
      this.#tell({ type: "talk.live" });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Ends it a moment later, so that what sounds can fade and what was heard of it is still told. */
  stop() {
    this.#speaker?.cancel();
    setTimeout(() => this.#end(null), FADE_MS);
  }

  #fail = (error) => this.#end(describe(error));

  #end(problem) {
    if (this.#over) return;
    this.#ending.abort();
    this.#parts.splice(0).forEach((part) => part.close());
    this.#showLevel(0);
    this.#tell({ type: "talk.stopped", problem });
  }

  get #over() {
    return this.#ending.signal.aborted;
  }

  /** Waits for a part and keeps it to be closed: at once, if the person has pressed stop meanwhile. */
  async #open(opening) {
    const part = await opening;
    this.#parts.push(part);
    if (!this.#over) return part;
    part.close();
    throw new Problem("stopped");
  }

  #hear = (samples, level) => {
    this.#showLevel(level);
    if (!this.#wire || this.#over) return;
    if (!this.#began) this.#tell({ type: "microphone.began", at: performance.now() - PACKET_MS });
    this.#began = true;
    this.#wire.send({ type: "input_audio_buffer.append", audio: encode(samples) });
  };

  #receive = (message) => {
    if (this.#over || (message.response_id && message.response_id === this.#silenced)) return;
    if (message.type === "error" && HARMLESS.has(message.error.code)) return;
    this.#tell(message);
    this.#obey[message.type]?.(message);
  };

  #obey = {
    "response.created": ({ response }) => (this.#answer = response.id),
    "response.output_audio.delta": ({ item_id, delta }) => this.#speaker.push(item_id, decode(delta)),
    "response.output_audio.done": ({ item_id }) => this.#speaker.end(item_id),
    "response.done": () => (this.#answer = null),
    "kaiwa.speech.suspected": () => this.#speaker.duck(),
    "kaiwa.speech.dismissed": () => this.#speaker.unduck(),
    "input_audio_buffer.speech_started": () => {
      this.#silenced = this.#answer;
      this.#speaker.cancel();
    },
    "conversation.item.truncated": ({ item_id }) => this.#wire.send({ type: "conversation.item.retrieve", item_id }),
  };

  #report = ({ type, item, items }) => {
    if (this.#over) return;
    if (type === "full") this.#fail(new Problem("flooded"));
    else if (type === "cut") {
      this.#speaker.unduck();
      items.forEach(this.#cut);
    } else this.#tell({ type: `speaker.${type}`, item });
  };

  #cut = ({ item, played }) => {
    const ms = Math.floor((played * 1000) / RATE);
    this.#wire.send({ type: "conversation.item.truncate", item_id: item, content_index: 0, audio_end_ms: ms });
    this.#tell({ type: "speaker.cut", item, ms });
  };
}

function checkBrowser() {
  if (!globalThis.isSecureContext) throw new Problem("not_secure");
  const complete = globalThis.WebSocket && globalThis.AudioWorkletNode && navigator.mediaDevices?.getUserMedia;
  if (!complete) throw new Problem("old_browser");
}
