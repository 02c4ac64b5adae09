// Every word the page says, in English and Japanese.

const en = {
  talk: "Talk",
  stop: "Stop",
  you: "You",
  kaiwa: "Kaiwa",
  conversation: "Conversation",
  stages: "Stages",
  hint: "Press the button and ask something aloud.",
  hintMore: "You can talk over an answer at any time: it stops and listens.",
  "phase.idle": "Press to talk",
  "phase.connecting": "Connecting…",
  "phase.listening": "Listening",
  "phase.hearing": "Hearing you",
  "phase.thinking": "Thinking",
  "phase.speaking": "Speaking — talk to interrupt",
  cutMark: "cut off here",
  failedMark: "not understood",
  "timing.words": "words {s} s",
  "timing.text": "first text {s} s",
  "timing.sound": "first sound {s} s",
  "timing.after": "{parts} after you stopped",
  "stage.stt": "Ears",
  "stage.llm": "Mind",
  "stage.tts": "Voice",
  "stage.embedding": "Documents",
  "kind.real": "real",
  "kind.mock": "mock",
  "kind.fallback": "fallback",
  "kind.loading": "loading",
  "kind.down": "down",
  "kind.unknown": "unknown",
  signInTitle: "This assistant asks for a key",
  signInHelp: "Open the sign-in link that it printed when it started, or enter the key here.",
  key: "Key",
  signIn: "Sign in",
  "problem.wrong_key": "That key was not accepted. Look for the newest sign-in link where the assistant was started.",
  "problem.key_needed": "Sign in first: this assistant asks for a key.",
  "problem.not_secure":
    "Browsers give the microphone only to safe addresses. Open this page by https, or on its own machine as http://localhost.",
  "problem.old_browser": "This browser is too old to talk: it lacks WebSocket or AudioWorklet. Please update it or use another.",
  "problem.microphone_refused":
    "The microphone is not allowed for this page. Allow it in the address bar's site settings, then press Talk again.",
  "problem.microphone_missing": "No microphone was found. Connect one, then press Talk again.",
  "problem.microphone_busy": "The microphone cannot be opened. Close other programs that use it, then press Talk again.",
  "problem.microphone_lost": "The microphone went away. Connect it again, then press Talk.",
  "problem.unreachable": "The assistant does not answer. See that it is running, then press Talk again.",
  "problem.lost": "The connection was lost. Press Talk to go on.",
  "problem.slow": "The connection is too slow to carry your voice. Press Talk to try again.",
  "problem.flooded": "The assistant sent more sound than this page can hold. Press Talk to start again.",
  "problem.busy": "The assistant is busy with other conversations. Try again in a moment.",
  "problem.ended": "The conversation was ended by the assistant. Press Talk to start another.",
  "problem.unexpected": "Something went wrong in this page. Reload it to go on.",
  "problem.provider_unavailable": "A part of the assistant is not running. The stages below show which.",
  "problem.provider_timeout": "A part of the assistant took too long. Ask again, please.",
  "problem.provider_refused": "A part of the assistant refused its work. Ask again, please.",
  "problem.provider_garbled": "A part of the assistant broke off. Ask again, please.",
  "problem.failed": "The answer failed. Ask again, please.",
};

const ja = {
  talk: "話す",
  stop: "終わる",
  you: "あなた",
  kaiwa: "会話",
  conversation: "会話の記録",
  stages: "各部の状態",
  hint: "ボタンを押して、声で質問してください。",
  hintMore: "答えの途中でも話しかけられます。すぐに止まって聞きます。",
  "phase.idle": "押して話す",
  "phase.connecting": "接続しています…",
  "phase.listening": "どうぞ",
  "phase.hearing": "聞いています",
  "phase.thinking": "考えています",
  "phase.speaking": "話しています（話しかけると止まります）",
  cutMark: "ここで中断",
  failedMark: "聞き取れませんでした",
  "timing.words": "文字 {s} 秒",
  "timing.text": "最初の文 {s} 秒",
  "timing.sound": "最初の声 {s} 秒",
  "timing.after": "話し終えてから {parts}",
  "stage.stt": "耳",
  "stage.llm": "頭",
  "stage.tts": "声",
  "stage.embedding": "文書",
  "kind.real": "本物",
  "kind.mock": "模擬",
  "kind.fallback": "予備",
  "kind.loading": "準備中",
  "kind.down": "停止",
  "kind.unknown": "不明",
  signInTitle: "キーが必要です",
  signInHelp: "起動したときに表示されたサインイン用リンクを開くか、ここにキーを入力してください。",
  key: "キー",
  signIn: "サインイン",
  "problem.wrong_key": "このキーは使えません。起動した画面で最新のサインイン用リンクを確かめてください。",
  "problem.key_needed": "先にサインインしてください。キーが必要です。",
  "problem.not_secure":
    "マイクは安全なアドレスでしか使えません。https で開くか、同じ機械で http://localhost を開いてください。",
  "problem.old_browser":
    "このブラウザーは古いため話せません（WebSocket か AudioWorklet がありません）。更新するか、別のブラウザーを使ってください。",
  "problem.microphone_refused":
    "このページにマイクが許可されていません。アドレスバーのサイト設定で許可してから、もう一度「話す」を押してください。",
  "problem.microphone_missing": "マイクが見つかりません。つないでから、もう一度「話す」を押してください。",
  "problem.microphone_busy":
    "マイクを開けません。マイクを使っているほかのプログラムを閉じてから、もう一度「話す」を押してください。",
  "problem.microphone_lost": "マイクが外れました。つなぎ直してから「話す」を押してください。",
  "problem.unreachable": "アシスタントが応答しません。起動しているか確かめてから、もう一度「話す」を押してください。",
  "problem.lost": "接続が切れました。「話す」を押すと続けられます。",
  "problem.slow": "回線が遅く、声を送れません。もう一度「話す」を押してください。",
  "problem.flooded": "このページで持てる量を超える音声が届きました。もう一度「話す」を押してください。",
  "problem.busy": "ほかの会話で混み合っています。少し待ってからもう一度どうぞ。",
  "problem.ended": "アシスタントが会話を終えました。「話す」を押すと新しく始まります。",
  "problem.unexpected": "このページで問題が起きました。再読み込みしてください。",
  "problem.provider_unavailable": "アシスタントの一部が動いていません。下の「各部の状態」を見てください。",
  "problem.provider_timeout": "アシスタントの一部が時間内に答えませんでした。もう一度話してください。",
  "problem.provider_refused": "アシスタントの一部が処理を断りました。もう一度話してください。",
  "problem.provider_garbled": "アシスタントの一部が途中で止まりました。もう一度話してください。",
  "problem.failed": "答えられませんでした。もう一度話してください。",
};

export const languages = { en, ja };

export const language = globalThis.navigator?.language?.startsWith("ja") ? "ja" : "en";

/** The words for a key, with {names} filled in; undefined when there are none. */
export function words(key, values = {}) {
  return languages[language][key]?.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** One sentence for a problem {code, message}: ours if we have one, else the server's own. */
export function sentenceFor({ code, message }) {
  return words(`problem.${code}`) ?? message ?? words("problem.failed");
}
