// How much of an answer's text was heard, when its sound was cut off. Pure.
//
// Each piece of text is taken to begin with the sound that had arrived before it, and to run evenly until the next
// piece begins. It is an estimate: the server's own account, where it gives one, takes its place.

/** marks: [{atMs, text}] in order of arrival; heardMs: of the sound; totalMs: of sound that had arrived. */
export function heardText(marks, heardMs, totalMs) {
  const pieces = joinSimultaneous(marks);
  return pieces
    .map(({ atMs, text }, n) => {
      const untilMs = pieces[n + 1]?.atMs ?? totalMs;
      if (untilMs <= atMs) return ""; // its sound had not come yet
      return cutBetweenWords(text, (heardMs - atMs) / (untilMs - atMs));
    })
    .join("")
    .trimEnd();
}

function joinSimultaneous(marks) {
  const pieces = [];
  for (const { atMs, text } of marks) {
    const last = pieces.at(-1);
    if (last?.atMs === atMs) last.text += text;
    else pieces.push({ atMs, text });
  }
  return pieces;
}

function cutBetweenWords(text, share) {
  if (share >= 1) return text;
  let end = Math.max(0, Math.round(text.length * share));
  const isLetter = (position) => /[\p{Script=Latin}\p{Number}'’]/u.test(text.charAt(position));
  while (end > 0 && isLetter(end - 1) && isLetter(end)) end--; // Japanese has no gaps between words to look for
  return text.slice(0, end);
}
