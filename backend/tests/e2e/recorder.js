// Records, in a page under test, what it really plays and what its microphone really hears, with the time of every sample.
// Nothing of the page is changed: whatever leads to a loudspeaker or comes from a microphone is listened to as well.

{
  const recordings = []; // { way, rate, pieces: [{ at, samples }], latency }
  const { connect } = AudioNode.prototype;
  const { getUserMedia } = globalThis.MediaDevices?.prototype ?? {};

  async function record(way, track, latencyNow) {
    const recording = { way, rate: 0, pieces: [], latency: 0 };
    recordings.push(recording);
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 }).readable.getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      recording.pieces.push({ at: value.timestamp / 1000, samples }); // Chromium counts it as performance.now() does
      recording.rate = value.sampleRate;
      recording.latency = latencyNow();
      value.close();
    }
  }

  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const { context } = this;
      const copy = context.createMediaStreamDestination();
      connect.call(this, copy);
      record("played", copy.stream.getAudioTracks()[0], () => context.outputLatency * 1000);
    }
    return connect.call(this, target, ...rest);
  };

  if (getUserMedia) {
    MediaDevices.prototype.getUserMedia = async function (wanted) {
      const stream = await getUserMedia.call(this, wanted);
      for (const track of stream.getAudioTracks()) record("heard", track, () => 0);
      return stream;
    };
  }

  function toBase64(pieces) {
    let text = "";
    for (const { samples } of pieces) text += String.fromCharCode(...new Uint8Array(samples.buffer));
    return btoa(text);
  }

  /** All so far of one way; `at`: when each piece began, in ms; `sizes`: its samples; `sound`: 32-bit floats in base64. */
  globalThis.takeRecordings = (wanted) =>
    recordings
      .filter(({ way, pieces }) => way === wanted && pieces.length > 0)
      .map(({ rate, latency, pieces }) => ({
        rate,
        latency,
        at: pieces.map(({ at }) => at),
        sizes: pieces.map(({ samples }) => samples.length),
        sound: toBase64(pieces),
      }));
}
