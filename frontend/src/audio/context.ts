// What every AudioContext of the page needs: to be woken, and to say when the browser puts it to sleep.

const PATIENCE_MS = 1000;
const TOUCHES = ["pointerup", "keydown", "visibilitychange"]; // after these, browsers let sound begin again

/** Resolves when the context runs, or after a second: then the browser waits for a touch. */
export async function wake(context: AudioContext): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
  await Promise.race([context.resume(), patience]);
  clearTimeout(timer);
}

export function isAsleep(context: AudioContext): boolean {
  return context.state !== "running" && context.state !== "closed"; // suspended, or interrupted as iOS says
}

/** Tells when the context falls asleep and when it goes on; the person's next touch wakes it. Returns what ends that. */
export function watch(context: AudioContext, onSuspended: (suspended: boolean) => void): () => void {
  let told = false;
  const touched = (): void => void context.resume().catch(() => undefined); // not yet: the next touch may do it
  const listen = (on: boolean): void => {
    for (const touch of TOUCHES) {
      if (on) document.addEventListener(touch, touched);
      else document.removeEventListener(touch, touched);
    }
  };
  const look = (): void => {
    if (isAsleep(context) === told) return;
    told = !told;
    listen(told);
    onSuspended(told);
  };
  context.addEventListener("statechange", look);
  look();
  return () => {
    context.removeEventListener("statechange", look);
    listen(false);
  };
}
