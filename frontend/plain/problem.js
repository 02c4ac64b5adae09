// What stops a conversation and can be said to the person in one sentence (strings.js, "problem.<code>").

export class Problem extends Error {
  constructor(code, message) {
    super(message ?? code);
    this.code = code;
    this.detail = message; // the server's own sentence, if it gave one
  }
}

/** {code, message} for the state, from anything that was thrown. */
export function describe(error) {
  if (error instanceof Problem) return { code: error.code, message: error.detail };
  console.error(error); // a mistake of ours: the person reads a plain sentence, the console the rest
  return { code: "unexpected" };
}
