// Every message of the wire, made by `make types` from backend/app/wire. Do not edit: change it there.

/** What an update of the session may say: what is absent stays, null is off or the default. */
export type Change<T> = { [K in keyof T]?: (K extends "audio" | "input" | "kaiwa" | "noise_reduction" | "output" | "transcription" | "turn_detection" ? Change<NonNullable<T[K]>> : T[K]) | null };

/** Somebody may be speaking: lower the answer's volume. */
export interface SpeechSuspected {
  type: "kaiwa.speech.suspected";
  event_id: string;
}

/** It was nothing: bring the volume back. */
export interface SpeechDismissed {
  type: "kaiwa.speech.dismissed";
  event_id: string;
}

/** What was said so far: what will stay, and what may still change. */
export interface TranscriptionPartial {
  type: "kaiwa.transcription.partial";
  event_id: string;
  item_id: string;
  stable: string;
  unstable: string;
}

/** Written words. */
export interface TextPart {
  type: "input_text" | "output_text";
  text: string;
}

/** What the speaker said; null as long as it is not known. */
export interface InputAudioPart {
  type: "input_audio";
  transcript: string | null;
}

/** What the assistant said, as far as it was heard. */
export interface OutputAudioPart {
  type: "output_audio";
  transcript: string;
}

export type Part =
  | TextPart
  | InputAudioPart
  | OutputAudioPart;

/** Something said or written. */
export interface MessageItem {
  id: string;
  object: "realtime.item";
  type: "message";
  status: "in_progress" | "completed" | "incomplete";
  role: "user" | "assistant" | "system";
  content: Part[];
}

/** The model calls a function of the client's; `arguments` is JSON text. */
export interface FunctionCallItem {
  id: string;
  object: "realtime.item";
  type: "function_call";
  status: "in_progress" | "completed" | "incomplete";
  call_id: string;
  name: string;
  arguments: string;
}

/** What the function returned. */
export interface FunctionOutputItem {
  id: string;
  object: "realtime.item";
  type: "function_call_output";
  status: "in_progress" | "completed" | "incomplete";
  call_id: string;
  output: string;
}

export type Item =
  | MessageItem
  | FunctionCallItem
  | FunctionOutputItem;

/** An old conversation was found: all its items in order, in place of whatever the client shows. */
export interface ConversationRestored {
  type: "kaiwa.conversation.restored";
  event_id: string;
  conversation_id: string;
  title: string;
  items: Item[];
  answer_follows: boolean;
}

/** How long each step of a turn took, in milliseconds since the end of speech, or since the request if it was typed. */
export interface TurnTimings {
  type: "kaiwa.turn.timings";
  event_id: string;
  turn: number;
  request_id: string;
  item_id?: string;
  response_id?: string;
  speech_ms?: number;
  partial_ms?: number;
  final_ms?: number;
  first_token_ms?: number;
  first_audio_ms?: number;
  outcome?: string;
}

/** What went wrong. `event_id` is the client's, by which it knows which of its messages failed. */
export interface ErrorDetail {
  type: "invalid_request_error" | "server_error";
  code: string;
  message: string;
  param?: string;
  event_id?: string;
}

/** Something went wrong; the session goes on. */
export interface ErrorEvent {
  type: "error";
  event_id: string;
  error: ErrorDetail;
}

/** Of sound, one way. */
export interface Format {
  type: "audio/pcm" | "audio/pcmu" | "audio/pcma" | "audio/opus";
  rate?: number;
}

/** What the client asked for. */
export interface ShownTranscription {
  model: string;
  language?: string;
  languages?: string[];
  prompt?: string;
  keywords?: string[];
  delay?: string;
}

/** Echoed only. */
export interface ShownNoiseReduction {
  type: "near_field" | "far_field" | null;
  strength?: number;
}

/** So much silence ends an utterance. */
export interface ServerVad {
  type: "server_vad";
  threshold: number;
  prefix_padding_ms: number;
  silence_duration_ms: number;
  idle_timeout_ms: null;
  create_response: boolean;
  interrupt_response: boolean;
}

/** The same, with one word instead of numbers. */
export interface SemanticVad {
  type: "semantic_vad";
  eagerness: "low" | "medium" | "high" | "auto";
  create_response: boolean;
  interrupt_response: boolean;
}

/** What comes from the client. */
export interface ShownInput {
  format: Format;
  transcription: ShownTranscription | null;
  noise_reduction: ShownNoiseReduction | null;
  turn_detection: ServerVad | SemanticVad | null;
}

/** What goes to the client; a response shows no speed. */
export interface ShownOutput {
  format: Format;
  voice: string;
  speed?: number;
}

/** Both directions. */
export interface SessionAudio {
  input: ShownInput;
  output: ShownOutput;
}

/** The conversation that the session is of; `token` takes it up again after a lost connection. */
export interface ShownConversation {
  id: string;
  token: string;
  kept: boolean;
}

/** Our own part; there if the client sent one. */
export interface ShownKaiwa {
  language: string | null;
  temperature: number | null;
  conversation: ShownConversation | null;
}

/** A complete session. The last five are echoed only. */
export interface Session {
  type: "realtime";
  object: "realtime.session";
  id: string;
  model: string;
  output_modalities: ("audio" | "text")[];
  instructions: string;
  audio: SessionAudio;
  tools: Record<string, unknown>[];
  tool_choice: "auto" | "none" | "required";
  parallel_tool_calls: boolean;
  max_output_tokens: number | "inf";
  kaiwa?: ShownKaiwa;
  truncation: unknown;
  tracing: unknown;
  prompt: unknown;
  include: unknown;
  reasoning: unknown;
}

/** The first message of a session. */
export interface SessionCreated {
  type: "session.created";
  event_id: string;
  session: Session;
}

/** The complete session after an update. */
export interface SessionUpdated {
  type: "session.updated";
  event_id: string;
  session: Session;
}

/** Somebody speaks, since `audio_start_ms` of what was appended; the item comes when they are done. */
export interface SpeechStarted {
  type: "input_audio_buffer.speech_started";
  event_id: string;
  audio_start_ms: number;
  item_id: string;
}

/** They are done. */
export interface SpeechStopped {
  type: "input_audio_buffer.speech_stopped";
  event_id: string;
  audio_end_ms: number;
  item_id: string;
}

/** The buffer became an item; null stands in front of the first one only. */
export interface InputAudioBufferCommitted {
  type: "input_audio_buffer.committed";
  event_id: string;
  previous_item_id: string | null;
  item_id: string;
}

/** The buffer is empty. */
export interface InputAudioBufferCleared {
  type: "input_audio_buffer.cleared";
  event_id: string;
}

/** An item joined, behind `previous_item_id`. Clients order by it: null puts the item in front of all others. */
export interface ConversationItemAdded {
  type: "conversation.item.added";
  event_id: string;
  previous_item_id: string | null;
  item: Item;
}

/** An item is whole. None leaves `previous_item_id` out: a null could move the item to the front. */
export interface ConversationItemDone {
  type: "conversation.item.done";
  event_id: string;
  item: Item;
  previous_item_id?: string;
}

/** An item, as it was asked for. */
export interface ConversationItemRetrieved {
  type: "conversation.item.retrieved";
  event_id: string;
  item: Item;
}

/** An item is gone. */
export interface ConversationItemDeleted {
  type: "conversation.item.deleted";
  event_id: string;
  item_id: string;
}

/** An answer holds only what was heard of it. */
export interface ConversationItemTruncated {
  type: "conversation.item.truncated";
  event_id: string;
  item_id: string;
  content_index: number;
  audio_end_ms: number;
}

/** More of what was said; only what will not change any more. */
export interface InputAudioTranscriptionDelta {
  type: "conversation.item.input_audio_transcription.delta";
  event_id: string;
  item_id: string;
  content_index: number;
  delta: string;
}

/** How much sound was transcribed. */
export interface DurationUsage {
  type: "duration";
  seconds: number;
}

/** All that was said. `usage` is `{"type": "duration", "seconds": …}`. */
export interface InputAudioTranscriptionCompleted {
  type: "conversation.item.input_audio_transcription.completed";
  event_id: string;
  item_id: string;
  content_index: number;
  transcript: string;
  usage: DurationUsage;
}

/** What was said could not be found out. */
export interface InputAudioTranscriptionFailed {
  type: "conversation.item.input_audio_transcription.failed";
  event_id: string;
  item_id: string;
  content_index: number;
  error: ErrorDetail;
}

/** The sound of one response. */
export interface AnswerAudio {
  output: ShownOutput;
}

/** Why a response is over; `error` only when it failed. */
export interface StatusDetails {
  type: "completed" | "cancelled" | "incomplete" | "failed";
  reason?: "turn_detected" | "client_cancelled" | "max_output_tokens" | "content_filter";
  error?: ErrorDetail;
}

/** Of the prompt. */
export interface InputTokens {
  text_tokens: number;
  audio_tokens: number;
  cached_tokens: number;
}

/** Of the answer. */
export interface OutputTokens {
  text_tokens: number;
  audio_tokens: number;
}

/** What the language model counted. */
export interface TokenUsage {
  total_tokens: number;
  input_tokens: number;
  output_tokens: number;
  input_token_details: InputTokens;
  output_token_details: OutputTokens;
}

/** A response. `output` holds items as `items.to_wire` gives them; `metadata` is echoed from its first event on. */
export interface ResponseObject {
  id: string;
  output_modalities: string[];
  max_output_tokens: number | "inf";
  audio: AnswerAudio;
  conversation_id: string | null;
  metadata: Record<string, string> | null;
  status: "in_progress" | "completed" | "cancelled" | "failed" | "incomplete";
  status_details: StatusDetails | null;
  output: Item[];
  usage: TokenUsage | null;
  object: "realtime.response";
}

/** An answer begins. */
export interface ResponseCreated {
  type: "response.created";
  event_id: string;
  response: ResponseObject;
}

/** An answer is over; its status says how. */
export interface ResponseDone {
  type: "response.done";
  event_id: string;
  response: ResponseObject;
}

/** An answer has a new item, still empty. */
export interface ResponseOutputItemAdded {
  type: "response.output_item.added";
  event_id: string;
  response_id: string;
  output_index: number;
  item: Item;
}

/** An item of an answer is whole. */
export interface ResponseOutputItemDone {
  type: "response.output_item.done";
  event_id: string;
  response_id: string;
  output_index: number;
  item: Item;
}

/** Of an item, without its sound. Here the types are `audio` and `text`; in items they begin with `output_`. */
export interface ContentPart {
  type: "audio" | "text";
  text?: string;
  transcript?: string;
}

/** An item has a new part, still empty. */
export interface ResponseContentPartAdded {
  type: "response.content_part.added";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  part: ContentPart;
}

/** A part is whole. */
export interface ResponseContentPartDone {
  type: "response.content_part.done";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  part: ContentPart;
}

/** Sound, in base64; at most half a second, since one client reads no message above 1 MiB. */
export interface ResponseOutputAudioDelta {
  type: "response.output_audio.delta";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  delta: string;
}

/** All sound of a part was sent. */
export interface ResponseOutputAudioDone {
  type: "response.output_audio.done";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
}

/** Words of the sound. */
export interface ResponseOutputAudioTranscriptDelta {
  type: "response.output_audio_transcript.delta";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  delta: string;
}

/** All words of the sound. */
export interface ResponseOutputAudioTranscriptDone {
  type: "response.output_audio_transcript.done";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  transcript: string;
}

/** Words of an answer that is only written. */
export interface ResponseOutputTextDelta {
  type: "response.output_text.delta";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  delta: string;
}

/** All of them. */
export interface ResponseOutputTextDone {
  type: "response.output_text.done";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  content_index: number;
  text: string;
}

/** A piece of a call's arguments, which are JSON text. */
export interface ResponseFunctionCallArgumentsDelta {
  type: "response.function_call_arguments.delta";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  call_id: string;
  delta: string;
}

/** A call is whole. */
export interface ResponseFunctionCallArgumentsDone {
  type: "response.function_call_arguments.done";
  event_id: string;
  response_id: string;
  item_id: string;
  output_index: number;
  call_id: string;
  name: string;
  arguments: string;
}

export type ServerEvent =
  | SpeechSuspected
  | SpeechDismissed
  | TranscriptionPartial
  | ConversationRestored
  | TurnTimings
  | ErrorEvent
  | SessionCreated
  | SessionUpdated
  | SpeechStarted
  | SpeechStopped
  | InputAudioBufferCommitted
  | InputAudioBufferCleared
  | ConversationItemAdded
  | ConversationItemDone
  | ConversationItemRetrieved
  | ConversationItemDeleted
  | ConversationItemTruncated
  | InputAudioTranscriptionDelta
  | InputAudioTranscriptionCompleted
  | InputAudioTranscriptionFailed
  | ResponseCreated
  | ResponseDone
  | ResponseOutputItemAdded
  | ResponseOutputItemDone
  | ResponseContentPartAdded
  | ResponseContentPartDone
  | ResponseOutputAudioDelta
  | ResponseOutputAudioDone
  | ResponseOutputAudioTranscriptDelta
  | ResponseOutputAudioTranscriptDone
  | ResponseOutputTextDelta
  | ResponseOutputTextDone
  | ResponseFunctionCallArgumentsDelta
  | ResponseFunctionCallArgumentsDone;

/** Sound; fifty times a second, and therefore no pydantic model. */
export interface Append {
  type: "input_audio_buffer.append";
  audio: string;
  event_id?: string;
}

/** `{"type": "audio/pcm", "rate": 24000}`, Opus at 48000, or G.711; each has one rate, which may be left out. */
export interface AudioFormat {
  type: "audio/pcm" | "audio/pcmu" | "audio/pcma" | "audio/opus";
  rate?: number | null;
}

/** Echoed; noise is the gate's business. */
export interface NoiseReduction {
  type?: "near_field" | "far_field" | null;
  strength?: number | null;
}

/** What the client would like of the transcription; the model's name is echoed, ours is used. */
export interface Transcription {
  model?: string;
  language?: string | null;
  languages?: string[] | null;
  prompt?: string | null;
  keywords?: string[] | null;
  delay?: string | null;
}

/** Both kinds in one: a client that changes the kind keeps the other kind's values. */
export interface TurnDetection {
  type?: "server_vad" | "semantic_vad";
  threshold?: number;
  prefix_padding_ms?: number;
  silence_duration_ms?: number;
  idle_timeout_ms?: null;
  eagerness?: "low" | "medium" | "high" | "auto";
  create_response?: boolean;
  interrupt_response?: boolean;
}

/** What comes from the client. */
export interface AudioInput {
  format?: AudioFormat;
  noise_reduction?: NoiseReduction | null;
  transcription?: Transcription | null;
  turn_detection?: TurnDetection | null;
}

/** What goes to the client. */
export interface AudioOutput {
  format?: AudioFormat;
  voice: string;
  speed?: number;
}

/** Both directions. */
export interface Audio {
  input?: AudioInput;
  output: AudioOutput;
}

/** A function that the client runs for the model. */
export interface FunctionTool {
  type: "function";
  name: string;
  description?: string | null;
  parameters?: Record<string, unknown>;
}

/** How much of an answer the client has played. */
export interface HeardShape {
  item_id: string;
  audio_end_ms: number;
}

/** Which conversation the session is of: a new one (`keep`), an old one (`id`), or one to take up (`token`). */
export interface ConversationChoice {
  keep?: boolean | null;
  id?: string | null;
  token?: string | null;
  heard?: HeardShape | null;
}

/** Our own part of a session. A client that sends it, even empty, gets our `kaiwa.*` events. */
export interface KaiwaOptions {
  language?: string | null;
  temperature?: number | null;
  conversation?: ConversationChoice | null;
}

/** A complete session. */
export interface SessionShape {
  output_modalities?: ("audio" | "text")[];
  instructions?: string;
  audio: Audio;
  tools?: FunctionTool[];
  tool_choice?: "auto" | "none" | "required" | { type: "function"; name: string };
  max_output_tokens?: number | "inf";
  kaiwa?: KaiwaOptions | null;
  parallel_tool_calls?: boolean;
  truncation?: unknown;
  tracing?: unknown;
  prompt?: Record<string, unknown> | null;
  include?: string[] | null;
  reasoning?: Record<string, unknown> | null;
}

/** Change the session. `session` is checked when it is merged, where what is absent is known. */
export interface SessionUpdate {
  type: "session.update";
  event_id?: string | null;
  session: { type: "realtime" } & Change<SessionShape>;
}

/** What was appended is one utterance. */
export interface Commit {
  type: "input_audio_buffer.commit";
  event_id?: string | null;
}

/** Forget what was appended. */
export interface Clear {
  type: "input_audio_buffer.clear";
  event_id?: string | null;
}

/** A part of a message. Sound may come with it, but only its transcript is kept. */
export interface ContentShape {
  type: "input_text" | "input_audio" | "input_image" | "output_text" | "output_audio";
  text?: string | null;
  transcript?: string | null;
}

/** An item as a client writes it; an `item_reference` names one that there is, in `response.create` only. */
export interface ItemShape {
  type: "message" | "function_call" | "function_call_output" | "item_reference";
  id?: string | null;
  status?: "in_progress" | "completed" | "incomplete" | null;
  role?: "user" | "assistant" | "system" | null;
  content?: ContentShape[] | null;
  call_id?: string | null;
  name?: string | null;
  arguments?: string | null;
  output?: string | null;
}

/** Put an item into the conversation: at its end, behind another item, or (`root`) in front. */
export interface ConversationItemCreate {
  type: "conversation.item.create";
  event_id?: string | null;
  item: ItemShape;
  previous_item_id?: string | null;
}

/** Show an item. */
export interface ConversationItemRetrieve {
  type: "conversation.item.retrieve";
  event_id?: string | null;
  item_id: string;
}

/** Forget an item. */
export interface ConversationItemDelete {
  type: "conversation.item.delete";
  event_id?: string | null;
  item_id: string;
}

/** So much of an answer was heard. */
export interface ConversationItemTruncate {
  type: "conversation.item.truncate";
  event_id?: string | null;
  item_id: string;
  content_index: number;
  audio_end_ms: number;
}

/** The voice of one response. */
export interface ResponseOutput {
  format?: AudioFormat | null;
  voice?: string | null;
}

/** The sound of one response. */
export interface ResponseAudio {
  output?: ResponseOutput | null;
}

/** `response.create`'s `response`: what is not given, or null, is the session's. */
export interface ResponseParams {
  output_modalities?: ("audio" | "text")[] | null;
  instructions?: string | null;
  audio?: ResponseAudio | null;
  tools?: FunctionTool[] | null;
  tool_choice?: "auto" | "none" | "required" | { type: "function"; name: string };
  max_output_tokens?: number | "inf" | null;
  conversation?: "auto" | "none" | null;
  input?: ItemShape[] | null;
  metadata?: Record<string, string> | null;
}

/** Answer now. */
export interface ResponseCreate {
  type: "response.create";
  event_id?: string | null;
  response?: ResponseParams | null;
}

/** Stop answering. */
export interface ResponseCancel {
  type: "response.cancel";
  event_id?: string | null;
  response_id?: string | null;
}

export type ClientEvent =
  | Append
  | SessionUpdate
  | Commit
  | Clear
  | ConversationItemCreate
  | ConversationItemRetrieve
  | ConversationItemDelete
  | ConversationItemTruncate
  | ResponseCreate
  | ResponseCancel;
