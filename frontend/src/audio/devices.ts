// Which microphones and loudspeakers there are.

/** Without names until the microphone was allowed once. No loudspeakers where the browser cannot choose among them. */
export async function listDevices(): Promise<{ microphones: MediaDeviceInfo[]; speakers: MediaDeviceInfo[] }> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? []; // absent where the page is not safe
  const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind);
  return { microphones: of("audioinput"), speakers: canChooseSpeaker() ? of("audiooutput") : [] };
}

/** Calls `onChange` whenever a device comes or goes; returns what ends that. */
export function watchDevices(onChange: () => void): () => void {
  navigator.mediaDevices?.addEventListener("devicechange", onChange);
  return () => navigator.mediaDevices?.removeEventListener("devicechange", onChange);
}

export function canChooseSpeaker(): boolean {
  return "AudioContext" in globalThis && "setSinkId" in AudioContext.prototype;
}
