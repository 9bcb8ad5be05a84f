import { PIXEL_LIMIT } from './apart/levels.mjs';

let flying = 0;
const queue: { readonly pixels: number; start(): void }[] = [];

/**
 * Decodes a picture once there is room for its pixels: all pictures that are decoded at once have no more pixels than
 * one picture may have. The one that has waited longest is first, so that a large one has its turn.
 * @param pixels how many it has
 */
export async function inFlight<T>(pixels: number, decode: () => Promise<T>): Promise<T> {
  if (queue.length || (flying && flying + pixels > PIXEL_LIMIT))
    await new Promise<void>((resolve) => queue.push({ pixels, start: resolve }));
  else flying += pixels;
  try {
    return await decode();
  } finally {
    flying -= pixels;
    while (queue.length && (!flying || flying + queue[0].pixels <= PIXEL_LIMIT)) {
      const next = queue.shift()!;
      flying += next.pixels;
      next.start();
    }
  }
}
