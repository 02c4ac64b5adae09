// Several Opus packets in one message: each has its length in front, 16 bits, big-endian. Pure.
// A packet of length 0 is 20 ms of silence that needed no packet (DTX).

const HEADER = 2;

export function pack(packets: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + HEADER + packet.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length);
    bytes.set(packet, at + HEADER);
    at += HEADER + packet.length;
  }
  return bytes;
}

/** The packets share the memory of `bytes`. Throws a RangeError when the last one is not whole. */
export function unpack(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packets = [];
  for (let at = 0; at < bytes.length;) {
    const begin = at + HEADER;
    const end = begin + view.getUint16(at);
    if (end > bytes.length) throw new RangeError("the last packet is not whole");
    packets.push(bytes.subarray(begin, end));
    at = end;
  }
  return packets;
}
