/** Seconds by stage. */
export interface Stopwatch {
  readonly seconds: Readonly<Record<string, number>>;
  /** Runs a stage and adds its time. */
  time<T>(stage: string, work: () => Promise<T>): Promise<T>;
}

export function stopwatch(): Stopwatch {
  const seconds: Record<string, number> = {};
  return {
    seconds,
    async time(stage, work) {
      const began = performance.now();
      try {
        return await work();
      } finally {
        seconds[stage] = (seconds[stage] ?? 0) + (performance.now() - began) / 1000;
      }
    },
  };
}
