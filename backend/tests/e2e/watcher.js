// Notes everything that the page shows of a conversation, and when: what passes quickly can be looked at afterwards.

{
  const views = []; // { at, phase, lines: [{ id, role, status, said, unstable }] }
  let last = "";

  function look() {
    const lines = [...document.querySelectorAll(".line")].map((line) => ({
      id: line.dataset.id,
      role: line.dataset.role,
      status: line.dataset.status,
      said: line.querySelector(".said").textContent,
      unstable: line.querySelector(".unstable").textContent,
    }));
    const view = { phase: document.body.dataset.phase, lines };
    const text = JSON.stringify(view);
    if (text !== last) views.push({ at: performance.now(), ...view });
    last = text;
  }

  addEventListener("DOMContentLoaded", () => {
    const all = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(look).observe(document.body, all);
  });
  globalThis.takeViews = () => views;
}
