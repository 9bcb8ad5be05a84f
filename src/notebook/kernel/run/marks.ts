/**
 * What the kernel's two threads tell each other while the main one is busy; each entry is an index into {@link marks}.
 */
export const MARK = {
  /** Counts a step of a cell twice, at its beginning and its end: odd while the main thread is in one. */
  step: 0,
  /** Counts interrupts; `heard` counts those that the main thread has heard. */
  interrupt: 1,
  heard: 4,
  /** 1 if a full heap caused the interrupt. */
  heapFull: 2,
  /** 1 once the second thread may end with the process. */
  closed: 3,
  /** Counts answers to questions on the stdin channel. */
  answered: 5,
  /** Counts cells that have begun. */
  cell: 6,
  /** Counts the signals that were sent to break off a step. */
  signal: 7,
} as const;

/** Whether there was an interrupt that the busy main thread does not know of. */
export const unheard = (): boolean => marks[MARK.interrupt] !== marks[MARK.heard];

export const marks = new Int32Array(new SharedArrayBuffer(4 * Object.keys(MARK).length));
