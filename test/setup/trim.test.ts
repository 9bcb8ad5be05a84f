import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { node } from '../process.ts';

let project: string;
beforeEach(() => {
  project = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'trim ä#%-')));
  const graft = path.join(project, 'node_modules/graft-ml/src');
  for (const part of ['setup', 'home.mjs', 'text/addresses.mjs', 'platform.mjs'])
    cpSync(path.join('src', part), path.join(graft, part), { recursive: true });
  for (const file of ['index.js', '../package.json', '../../../package.json'])
    writeFileSync(path.join(graft, file), '{}');
  mkdirSync(path.join(project, 'node_modules/@tensorflow/tfjs/dist'), { recursive: true });
  for (const name of ['tf.node.js', 'tf.node.js.map']) writeFileSync(at(name), 'text'.repeat(500_000));
});
afterEach(() => rmSync(project, { recursive: true }));

const at = (name: string): string => path.join(project, 'node_modules/@tensorflow/tfjs/dist', name);
const trim = (...args: string[]) => node([path.join(project, 'node_modules/graft-ml/src/setup/trim.mjs'), ...args]);

describe('graft trim', () => {
  it('says what it would remove, removes that only when told to, and nothing that is loaded', async () => {
    const { status, stdout } = await trim();
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^trim: 2 MB of .*, in\n {2}@tensorflow\/tfjs\nNothing is removed yet: `npx graft trim --yes`/,
    );
    expect(existsSync(at('tf.node.js.map'))).toBe(true);
    expect((await trim('--yes')).stdout).toBe('trim: 2 MB removed; `npm ci` brings them back.\n');
    expect([existsSync(at('tf.node.js.map')), existsSync(at('tf.node.js'))]).toEqual([false, true]);
    expect((await trim()).stdout).toContain('holds nothing to remove');
  });

  it('is refused in a clone, and for any other word', async () => {
    expect(await node(['src/graft.mjs', 'trim', '--yes'])).toMatchObject({ status: 1 });
    expect((await trim('--force')).stderr).toContain('trim stopped: expected --yes or nothing; got "--force".');
  });
});
