// The loudspeaker: plays items through the jitter buffer, ducks, and says how much of what was heard.

import { RATE } from "./pcm.js";

const DUCKED = 0.2;
const DUCK_S = 0.03;

/** `onReport` gets the playback worklet's messages: see there. Returns {push, end, cancel, duck, unduck, close}. */
export async function openSpeaker({ onReport }) {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" }); // the browser resamples to the device
  try {
    await context.audioWorklet.addModule(new URL("playback-worklet.js", import.meta.url));
    await context.resume();
  } catch (error) {
    await context.close();
    throw error;
  }
  const playback = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
  const volume = new GainNode(context);
  playback.connect(volume).connect(context.destination);
  playback.port.onmessage = ({ data }) => onReport(data);
  const fadeTo = (gain) => volume.gain.setTargetAtTime(gain, context.currentTime, DUCK_S);
  return {
    push: (item, samples) => playback.port.postMessage({ type: "push", item, samples }, [samples.buffer]),
    end: (item) => playback.port.postMessage({ type: "end", item }),
    cancel: () => playback.port.postMessage({ type: "cancel" }),
    duck: () => fadeTo(DUCKED),
    unduck: () => fadeTo(1),
    close: () => context.close(),
  };
}
