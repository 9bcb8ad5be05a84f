import path from 'node:path';
import { howToBringBack, IS_CLONE, ownData, ROOT } from '../home.mjs';
import { readBytes } from '../storage/files/read-file.ts';

/** What every page is made of, beside its classifier. */
export interface PageParts {
  /** Gives a script or style: `page.js`. */
  script(name: PageScript): string;
  /** ONNX Runtime as WebAssembly, packed by gzip. */
  readonly engine: Uint8Array;
}

export type PageScript = (typeof SCRIPTS)[number];
const SCRIPTS = ['page.js', 'page.css', 'teach.js', 'teach.css', 'classifier.js'] as const;

/** Where the package has the scripts; the engine, which is larger, is in `graft-ml-data`. */
export const [BUILT, ENGINE] = ['src/page/built', 'page/ort-wasm-simd-threaded.wasm.gz'];

/**
 * Gives the parts of pages: bundled from the sources in a clone, ready made in the package.
 * @throws Error naming what is missing
 */
export async function pageParts(): Promise<PageParts> {
  if (IS_CLONE) {
    const { bundleScripts, packEngine } = await import('./bundle.mjs');
    const scripts = new Map(Object.entries(await bundleScripts()));
    return { script: (name) => scripts.get(name)!, engine: packEngine() };
  }
  const texts = await Promise.all(
    SCRIPTS.map(async (name) => Buffer.from(await readBytes(path.join(ROOT, BUILT, name))).toString('utf8')),
  );
  const engine = ownData(ENGINE);
  try {
    return { script: (name) => texts[SCRIPTS.indexOf(name)], engine: await readBytes(engine) };
  } catch (cause) {
    throw new Error(`page: expected the engine of pages at ${engine}; it is not there. ${howToBringBack(engine)}`, {
      cause,
    });
  }
}
