import { JSDOM } from 'jsdom';
import { afterEach, describe, expect, it } from 'vitest';
import { plotDocument } from '../../src/host/document.ts';

describe('plotDocument', () => {
  afterEach(() => Reflect.deleteProperty(globalThis, 'document'));

  it('is one document, which is not installed globally', () => {
    expect(plotDocument().createElement('div').outerHTML).toBe('<div></div>');
    expect(plotDocument()).toBe(plotDocument());
    expect('document' in globalThis).toBe(false);
  });

  it('is the browser’s own where there is one', () => {
    const { document } = new JSDOM('').window;
    Object.assign(globalThis, { document });
    expect(plotDocument()).toBe(document);
  });
});
