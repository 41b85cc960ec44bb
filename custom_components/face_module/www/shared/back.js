/** The browser's Back closes the dialog that is in front, and stays on the page. */

const KEY = "faceModule";
/** The dialogs that are open, each with an entry in the history. @type {HTMLDialogElement[]} */
let shown = [];
// So often we are on the way back ourselves.
let leaving = 0;

const depth = () => history.state?.[KEY] ?? 0;

function keepUp() {
  while (!leaving && depth() < shown.length) history.pushState({ [KEY]: depth() + 1 }, "");
}

/** Open a dialog. @param {HTMLDialogElement} dialog */
export function open(dialog) {
  dialog.showModal();
  // One that went without being closed leaves its entry to this one.
  shown = [...shown.filter((one) => one.isConnected && one !== dialog), dialog];
  keepUp();
  const closed = () => {
    if (!shown.includes(dialog)) return;
    shown = shown.filter((one) => one !== dialog);
    if (!depth()) return;
    leaving += 1;
    history.back();
  };
  dialog.addEventListener("close", closed, { once: true });
}

addEventListener("popstate", () => {
  if (leaving) {
    leaving -= 1;
    keepUp();
  } else {
    for (const one of shown.splice(depth())) one.close();
  }
});
