// The kernel's second thread, which runs while the main one is busy: it hears Stop and what is typed, beats, and watches
// the heap.
'use strict';
const { rmSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { childrenOf, end } = require('./children.cjs');
const { listen } = require('./control.cjs');
const { beat } = require('./heart.cjs');
const { watchHeap } = require('./heap.cjs');
const { listenForInput } = require('./input.cjs');

const { marks, at, zeromq, connectionFile, logFile, mostHeap, answers } = workerData;
const STAY_MS = 20;

/** The children that were there before the main thread began to wait for another one; null where it waits for none. */
let before = null;
let input;

/** Tells the main thread of a Stop, and breaks off the step that it is in, if it stays there. */
function interrupt() {
  Atomics.add(marks, at.interrupt, 1);
  parentPort.postMessage({}); // heard as soon as the main thread has nothing to do
  input?.stop();
  endChild();
  const step = Atomics.load(marks, at.step);
  if (step % 2 === 0) return; // in no step
  setTimeout(() => {
    // only inside of a step does SIGINT do what it should (steps.ts)
    if (Atomics.load(marks, at.step) === step) process.kill(process.pid, 'SIGINT');
  }, STAY_MS);
}

/** Ends what the main thread waits for, which may only be about to start, until it waits no more. */
function endChild() {
  if (!before) return;
  const children = childrenOf(process.pid).filter((pid) => !before.includes(pid));
  if (children.length) end(children);
  setTimeout(endChild, STAY_MS);
}

const cells = () => Atomics.load(marks, at.cell);
watchHeap(mostHeap, cells, () => {
  Atomics.store(marks, at.heapFull, 1);
  interrupt();
});

/** Gives an answer to whom has asked: the main thread waits for it, or will hear of it. */
function answered(id, given) {
  answers.postMessage({ id, ...given });
  Atomics.add(marks, at.answered, 1);
  Atomics.notify(marks, at.answered);
}

const others = (frames) => parentPort.postMessage({ frames });
/**
 * The kernel is to end: where it is too busy for that it is killed, and then it has not crashed. It would not hear of it
 * while it waits for what is typed.
 */
const ending = () => {
  rmSync(logFile, { force: true });
  input?.stop();
};
const library = require(zeromq);
Promise.all([
  listen(library, connectionFile, { interrupt, ending, others }),
  beat(library, connectionFile),
  listenForInput(library, connectionFile, answered),
]).then(
  ([control, heart, asking]) => {
    input = asking;
    parentPort.on('message', ({ frames, ask, waits }) => {
      if (ask) return void input.ask(ask.id, ask.frames.map(sendable));
      if (waits !== undefined) {
        before = waits;
        if (Atomics.load(marks, at.interrupt) !== Atomics.load(marks, at.heard)) endChild();
        return;
      }
      if (frames) return void control.send(frames.map(sendable));
      // the process ends: zeromq.js aborts it where a socket is still open in a thread
      for (const socket of [control, heart, input]) socket.close();
      Atomics.store(marks, at.closed, 1);
      Atomics.notify(marks, at.closed);
    });
  },
  (taken) => parentPort.postMessage({ taken }),
);

const sendable = (frame) => (typeof frame === 'string' ? frame : Buffer.from(frame));
