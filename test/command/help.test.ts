import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/command/main.mjs';
import { BACKBONE_NAMES, HUB_NAMES, KERAS_NAMES } from '../../src/models/networks/known.mjs';
import { node } from '../process.ts';

/** Help as a snapshot has it: without the names of networks, which a row of their table brings. */
const named = (help: string): string =>
  help
    .replaceAll(BACKBONE_NAMES.join('|'), '<NETWORKS>')
    .replaceAll(HUB_NAMES.join(', '), '<NETWORKS OF THE HUB>')
    .replaceAll(`${KERAS_NAMES.slice(0, -1).join(', ')} and ${KERAS_NAMES.at(-1)}`, '<NETWORKS OF KERAS>');

describe('help', () => {
  for (const name of Object.keys(COMMANDS)) {
    it(`of graft ${name} lists its flags with what they take, and examples`, async () => {
      const { status, stdout } = await node(['src/graft.mjs', ...name.split(' '), '--help']);
      expect(status).toBe(0);
      expect(stdout).toMatch(/^usage: graft .*[\s\S]*--json[\s\S]*examples:\n {2}graft /);
      await expect(named(stdout)).toMatchFileSnapshot(`help/${name.replace(' ', '-')}.txt`);
    });
  }

  it('lists the commands', async () => {
    const { status, stdout } = await node(['src/graft.mjs', '--help']);
    expect(status).toBe(0);
    await expect(named(stdout)).toMatchFileSnapshot('help/graft.txt');
    expect(await node(['src/graft.mjs', 'help'])).toEqual({ status: 0, stdout, stderr: '' });
    expect(await node(['src/graft.mjs'])).toEqual({ status: 2, stdout, stderr: '' });
  });

  it('of a command is asked for as with git; the version says which Graft it is, and where', async () => {
    const { stdout } = await node(['src/graft.mjs', 'cluster', 'features', '--help']);
    expect(await node(['src/graft.mjs', 'help', 'cluster', 'features'])).toEqual({ status: 0, stdout, stderr: '' });
    const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, string>;
    const said = `${name} ${version} in ${process.cwd()}, Node.js ${process.versions.node}\n`;
    for (const asked of ['--version', '-v', 'version'])
      expect(await node(['src/graft.mjs', asked])).toEqual({ status: 0, stdout: said, stderr: '' });
  });

  it('and refusals need neither tsx nor TensorFlow nor any TypeScript', async () => {
    const hook = `export const resolve = (name, context, next) => {
      if (/tsx|tensorflow|h5wasm|\\.ts$/.test(name)) throw new Error('loaded ' + name);
      return next(name, context);
    }`;
    const url = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
    const guard = url(`import { register } from 'node:module'; register(${JSON.stringify(url(hook))});`);
    const guarded = (...args: string[]) => node(['--import', guard, 'src/graft.mjs', ...args]);
    expect(await guarded('--help')).toMatchObject({ status: 0, stderr: '' });
    expect(await guarded('train', '--help')).toMatchObject({ status: 0, stderr: '' });
    expect(await guarded('train', '--dropout', '2')).toMatchObject({ status: 2 });
    expect((await guarded('cache')).stderr).toContain('loaded tsx'); // the guard sees what is loaded
  });
});
