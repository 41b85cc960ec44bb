/** A connection to a Home Assistant that is not there. */

/** It is told what to answer. */
export class Connection extends EventTarget {
  tries = 0;
  undone = 0;
  refuse = false;

  async subscribeMessage(told, message, options) {
    this.tries += 1;
    this.options = options;
    if (this.refuse) throw new Error("unknown command");
    this.tell = told;
    return async () => {
      this.undone += 1;
    };
  }
}

/** Let everything happen that only waits for its turn. */
export const settled = () => new Promise((done) => setImmediate(done));
