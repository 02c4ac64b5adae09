// The microphone: opens it with echo cancellation on and hands out packets.

import { Problem } from "../problem.js";

const WANTED = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
const CODES = { NotAllowedError: "microphone_refused", NotFoundError: "microphone_missing" };

/** `onPacket(Int16Array, level)` every 20 ms; `onLost()` when the device goes away. Returns {close}. */
export async function openMicrophone({ onPacket, onLost }) {
  const stream = await listen();
  const context = new AudioContext({ latencyHint: "interactive" }); // the device's own rate; the worklet resamples
  const close = () => {
    stream.getTracks().forEach((track) => track.stop());
    return context.close();
  };
  try {
    await context.audioWorklet.addModule(new URL("capture-worklet.js", import.meta.url));
    const capture = new AudioWorkletNode(context, "capture");
    capture.port.onmessage = ({ data }) => onPacket(data.samples, data.level);
    stream.getAudioTracks()[0].onended = onLost;
    context.createMediaStreamSource(stream).connect(capture);
    capture.connect(context.destination); // it gives silence; unconnected, some browsers would not run it
    await context.resume();
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function listen() {
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: WANTED });
  } catch (error) {
    throw new Problem(CODES[error.name] ?? "microphone_busy");
  }
}
