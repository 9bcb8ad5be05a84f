/** Waits for some work, but no longer than until a signal is aborted. @throws the signal's reason */
export async function until<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  let stop!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    // signals may live as long as the service: nothing stays behind
    signal.removeEventListener('abort', stop);
  }
}
