/** What the kernel's two threads tell each other while the main one is busy; each is a number in {@link marks}. */
export const MARK = {
  /** Counts a step of a cell twice, when it begins and when it ends: odd while the main thread is in one. */
  step: 0,
  /** Counts interrupts, and those of them that the main thread has heard. */
  interrupt: 1,
  heard: 4,
  /** 1 where it was a full heap that interrupted. */
  heapFull: 2,
  /** 1 once the second thread may end with the process. */
  closed: 3,
  /** Counts what was answered to questions on the stdin channel. */
  answered: 5,
  /** Counts cells that have begun. */
  cell: 6,
} as const;

/** Whether there was an interrupt that the main thread, which has had no time, does not know of. */
export const unheard = (): boolean => marks[MARK.interrupt] !== marks[MARK.heard];

export const marks = new Int32Array(new SharedArrayBuffer(4 * Object.keys(MARK).length));
