// Lends the stock JavaScript SDK to a test in another language. Commands come as JSON lines on standard input:
// {"audio": base64} is spoken, {"text": "..."} is typed, {"interrupt": true} is the application's stop button.
// What the SDK reports goes to standard output, one JSON line each, with the history as the SDK has it.
import { createInterface } from 'node:readline';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';

const tell = (type, more = {}) => process.stdout.write(`${JSON.stringify({ type, ...more })}\n`);

const weather = tool({
  name: 'get_weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
  execute: async ({ city }) => `Sun over ${city}`,
});
const agent = new RealtimeAgent({ name: 'assistant', instructions: 'Be brief.', tools: [weather] });
const url = process.argv[2];
const transport = new OpenAIRealtimeWebSocket({ url });
const session = new RealtimeSession(agent, { transport });

session.on('transport_event', (event) => tell('transport', { event: { ...event, delta: undefined } }));
session.on('history_updated', (history) => tell('history', { history }));
session.on('audio', (event) => tell('audio', { response: event.responseId, bytes: event.data.byteLength }));
session.on('audio_interrupted', () => tell('audio_interrupted'));
session.on('agent_tool_end', (_context, _agent, { name }, result) => tell('tool', { name, result }));
session.on('agent_end', (_context, _agent, output) => tell('agent_end', { output }));
session.on('error', ({ error }) => tell('error', { error: String(error?.message ?? JSON.stringify(error)) }));

const commands = createInterface({ input: process.stdin });
await session.connect({ apiKey: 'unused', url });
tell('connected');
for await (const line of commands) {
  const command = JSON.parse(line);
  if (command.audio) session.sendAudio(Uint8Array.from(Buffer.from(command.audio, 'base64')).buffer);
  if (command.text) session.sendMessage(command.text);
  if (command.interrupt) session.interrupt();
}
session.close();
