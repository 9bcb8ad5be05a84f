import { spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { normalizationOf } from '../../src/pixels/preprocess.ts';
import type { FileBackbone } from '../../src/models/file-backbone.ts';
import { cachedModel, downloadModel } from '../../src/backbones/hub-model.ts';
import { type BackboneName, loadBackbone } from '../../src/backbones/load-backbone.ts';
import { node } from '../process.ts';
import { breakingAfter, gitSha1, serveBlob, sha256 } from '../hub/hub-server.ts';
import { FIRST, LITE0, OTHER, repositories, SECOND, withHub } from '../hub/surroundings.ts';

const surroundings = withHub();
const { inCache } = surroundings;
const hub = () => surroundings.hub;
const lite0 = (...names: string[]): string => inCache('models--graft-test--lite0', ...names);
const small = (...names: string[]): string => inCache('models--graft-test--small', ...names);
const load = async (name: BackboneName, options = {}): Promise<FileBackbone> =>
  (await loadBackbone(name, options)) as FileBackbone;
/** Node.js' arguments that download a model and print where it lies. */
const fetching = (name: string): string[] => {
  const script = `import { downloadModel } from './src/backbones/hub-model.ts';
    console.log((await downloadModel('${name}')).path);`;
  return ['--import', 'tsx', '--input-type=module', '-e', script];
};
const tree = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

describe('a model of a hub', () => {
  it('comes with what stands beside it, in Hugging Face’s own layout', async () => {
    const { path: at, ...found } = await downloadModel('hf:graft-test/lite0');
    expect(found).toEqual({ repository: 'graft-test/lite0', commit: FIRST, file: 'onnx/model.onnx' });
    expect(at).toBe(lite0('snapshots', FIRST, 'onnx', 'model.onnx'));
    expect(readFileSync(at).equals(LITE0)).toBe(true);
    expect(readlinkSync(at)).toBe(`../../../blobs/${sha256(LITE0)}`);
    expect(readFileSync(lite0('refs', 'main'), 'utf8')).toBe(FIRST);
    const files = repositories()['graft-test/lite0'].commits[FIRST];
    const configs = ['config.json', 'preprocessor_config.json'];
    expect(tree(lite0('snapshots', FIRST))).toEqual([...configs, 'onnx', 'onnx/model.onnx'].sort());
    expect(tree(lite0('blobs'))).toEqual([sha256(LITE0), ...configs.map((name) => gitSha1(files[name]))].sort());
    expect(hub().taken()).toEqual([
      'GET hub /api/models/graft-test/lite0/revision/main',
      `GET hub /graft-test/lite0/resolve/${FIRST}/preprocessor_config.json`,
      `GET hub /graft-test/lite0/resolve/${FIRST}/config.json`,
      `GET hub /graft-test/lite0/resolve/${FIRST}/onnx/model.onnx`,
      `GET cdn /blobs/${sha256(LITE0)}`,
    ]);
  });

  it('is a backbone, without a request', async () => {
    await downloadModel('hf:graft-test/lite0');
    hub().taken();
    const backbone = await load('hf:graft-test/lite0', { cut: 'features' });
    const hubFile = { repository: 'graft-test/lite0', commit: FIRST, file: 'onnx/model.onnx' };
    expect(backbone).toMatchObject({ network: 'graft-test/lite0/model', outputShape: [1280], input: { size: 224 } });
    expect(backbone.file.hub).toEqual(hubFile);
    for (const name of ['hf:graft-test/lite0@main/onnx/model.onnx', `hf:graft-test/lite0@${FIRST}`] as const)
      expect(cachedModel(name)).toMatchObject(hubFile);
    expect(hub().taken()).toEqual([]);
  });

  it('of another file or revision is kept beside it', async () => {
    await downloadModel('hf:graft-test/lite0', { file: 'onnx/model_quantized.onnx' });
    await downloadModel('hf:graft-test/lite0@refs/pr/1');
    expect((await downloadModel('hf:graft-test/lite0', { revision: 'v1.0' })).commit).toBe(FIRST);
    expect(readFileSync(lite0('refs', 'refs', 'pr', '1'), 'utf8')).toBe(SECOND);
    expect((await load('hf:graft-test/lite0@refs/pr/1', { cut: 'features' })).outputShape).toEqual([12]);
    await expect(load('hf:graft-test/lite0@v2')).rejects.toThrow(
      'hf:graft-test/lite0@v2 is not downloaded: `npx graft download hf:graft-test/lite0@v2` does it.',
    );
    await expect(load('hf:graft-test/lite0/onnx/other.onnx')).rejects.toThrow(/other\.onnx is not downloaded/);
  });

  it('brings the weights that lie beside it', async () => {
    const { path: at } = await downloadModel('hf:graft-test/external');
    expect(path.basename(at)).toBe('conv-external.onnx');
    expect((await load('hf:graft-test/external', { cut: 'relu2' })).outputShape).toEqual([12]);
    // as huggingface_hub keeps what came by Xet: the repository's blobs are links to those that all share
    const [blobs, shared] = [inCache('models--graft-test--external', 'blobs'), inCache('blobs')];
    for (const name of readdirSync(blobs)) {
      mkdirSync(path.join(shared, name.slice(0, 2)), { recursive: true });
      const place = path.join(shared, name.slice(0, 2), name);
      renameSync(path.join(blobs, name), place);
      symlinkSync(path.relative(blobs, place), path.join(blobs, name));
    }
    expect((await load('hf:graft-test/external', { cut: 'relu2' })).outputShape).toEqual([12]);
  });

  it('of the list is known by its name, with its cut and input', async () => {
    await expect(load('dinov2-small')).rejects.toThrow(
      'dinov2-small is not downloaded: `npx graft download dinov2-small` does it.',
    );
    await downloadModel('dinov2-small');
    await downloadModel('hf:onnx-community/dinov2-small/onnx/model_int8.onnx');
    const expected = {
      cut: 'last_hidden_state',
      outputShape: [6],
      input: {
        size: 32,
        interpolation: 'bicubic-keys',
        preprocess: 'imagenet',
        cropFraction: 0.875,
        resize: 'crop-floor',
      },
      file: { end: { pooling: 'cls', prefix: 1 }, hub: { commit: SECOND } },
    };
    const named = await load('dinov2-small', { size: 32 });
    expect(named).toMatchObject(expected);
    const quantized = await load('hf:onnx-community/dinov2-small/onnx/model_int8.onnx', { size: 32 });
    expect(quantized).toMatchObject({ ...expected, id: named.id });
    expect(await load('dinov2-small', { size: 32, pooling: 'avg', interpolation: 'area' })).toMatchObject({
      input: { interpolation: 'area' },
      file: { end: { pooling: 'avg' } },
    });
  });

  it('of the list takes what stands beside it before what the list says', async () => {
    const { revisions, commits } = hub().repositories['onnx-community/dinov2-small'];
    const config = repositories()['graft-test/small'].commits[FIRST]['preprocessor_config.json'];
    commits[FIRST] = { ...commits[SECOND], 'preprocessor_config.json': config };
    revisions.main = FIRST;
    await downloadModel('dinov2-small');
    const { input } = await load('dinov2-small');
    expect(input).toMatchObject({ size: 32, cropFraction: 1 });
    expect(normalizationOf(input.preprocess).mean[0]).toBeCloseTo(127, 1);
  });

  it('brings what transformers 5 writes, which counts before an older file', async () => {
    const { revisions, commits } = hub().repositories['onnx-community/dinov2-small'];
    const older = repositories()['graft-test/small'].commits[FIRST]['preprocessor_config.json'];
    const own = { ...(JSON.parse(String(older)) as object), image_mean: [0, 0, 0] };
    commits[FIRST] = {
      ...commits[SECOND],
      'preprocessor_config.json': older,
      'processor_config.json': Buffer.from(JSON.stringify({ image_processor: own })),
    };
    revisions.main = FIRST;
    await downloadModel('dinov2-small');
    const { input } = await load('dinov2-small');
    expect(normalizationOf(input.preprocess).mean).toEqual([0, 0, 0]);
  });
});

describe('what is there already', () => {
  it('is not asked for at a commit, and asked for once at a branch', async () => {
    const pinned = `hf:graft-test/small@${FIRST}` as const;
    await downloadModel(pinned);
    expect(existsSync(small('refs'))).toBe(false);
    hub().taken();
    const { path: at } = await downloadModel(pinned);
    expect(hub().taken()).toEqual([]);
    await downloadModel('hf:graft-test/small');
    expect(hub().taken()).toEqual(['GET hub /api/models/graft-test/small/revision/main']);
    rmSync(small('snapshots', FIRST, 'config.json'));
    await downloadModel(pinned);
    // the blob is still there
    expect(hub().taken()).toEqual([`GET hub /api/models/graft-test/small/revision/${FIRST}`]);
    rmSync(at);
    await downloadModel(pinned);
    expect(hub().taken()).toHaveLength(1);
  });

  it('never decides what a repository’s name stands for: a quantized file that came first is not it', async () => {
    await downloadModel('hf:graft-test/lite0/onnx/model_quantized.onnx');
    // what is meant is known, and not here
    expect(() => cachedModel('hf:graft-test/lite0')).toThrow(
      'is not downloaded: `npx graft download hf:graft-test/lite0`',
    );
    process.env.HF_HUB_OFFLINE = '1';
    for (const name of ['hf:graft-test/lite0', `hf:graft-test/lite0@${FIRST}`] as const)
      await expect(downloadModel(name)).rejects.toThrow(
        'is not in the cache, and HF_HUB_OFFLINE forbids asking for it.',
      );
    expect((await downloadModel('hf:graft-test/lite0/onnx/model_quantized.onnx')).file).toBe(
      'onnx/model_quantized.onnx',
    );
    // as Python's huggingface_hub leaves it: nobody has noted what else there is
    rmSync(lite0('.graft'), { recursive: true });
    expect(() => cachedModel('hf:graft-test/lite0')).toThrow(
      /which files it has at a{40} is not noted on this machine.* Name it, hf:graft-test\/lite0\/onnx\/model_quantized\.onnx say, or `npx graft download/,
    );
    delete process.env.HF_HUB_OFFLINE;
    expect((await downloadModel(`hf:graft-test/lite0@${FIRST}`)).file).toBe('onnx/model.onnx');
    rmSync(lite0('.graft'), { recursive: true });
    expect(cachedModel('hf:graft-test/lite0').file).toBe('onnx/model.onnx'); // stands for it, whatever else there is
  });

  it('is all there is with HF_HUB_OFFLINE', async () => {
    process.env.HF_HUB_OFFLINE = '1';
    await expect(downloadModel('hf:graft-test/small')).rejects.toThrow(
      'hf:graft-test/small is not in the cache, and HF_HUB_OFFLINE forbids asking for it.',
    );
    delete process.env.HF_HUB_OFFLINE;
    const { path: at } = await downloadModel('hf:graft-test/small');
    hub().taken();
    for (const yes of ['1', 'true', 'YES', 'on']) {
      process.env.HF_HUB_OFFLINE = yes;
      expect((await downloadModel('hf:graft-test/small')).path).toBe(at);
    }
    expect(hub().taken()).toEqual([]);
    process.env.HF_HUB_OFFLINE = '0';
    await downloadModel('hf:graft-test/small');
    expect(hub().taken()).toHaveLength(1);
  });

  it('follows a branch that moves, and keeps what it was', async () => {
    const old = await downloadModel('hf:graft-test/small');
    hub().repositories['graft-test/small'].revisions.main = SECOND;
    expect(cachedModel('hf:graft-test/small').commit).toBe(FIRST);
    expect((await downloadModel('hf:graft-test/small')).commit).toBe(SECOND);
    expect(cachedModel('hf:graft-test/small').commit).toBe(SECOND);
    expect(existsSync(old.path)).toBe(true);
  });

  it('is mended where it is damaged', async () => {
    const { path: at } = await downloadModel('hf:graft-test/small');
    appendFileSync(at, 'x');
    await downloadModel('hf:graft-test/small');
    expect(readFileSync(at).equals(repositories()['graft-test/small'].commits[FIRST]['onnx/model.onnx'])).toBe(true);
    expect(lstatSync(at).isSymbolicLink()).toBe(true);
  });

  it('may lie elsewhere: HF_HUB_CACHE, XDG_CACHE_HOME, ~', async () => {
    const { home } = surroundings;
    process.env.HF_HUB_CACHE = path.join(home, 'elsewhere');
    const inFolder = async (...names: string[]): Promise<void> =>
      expect((await downloadModel('dinov2-small')).path).toContain(
        path.join(home, ...names, 'models--onnx-community--dinov2-small'),
      );
    await inFolder('elsewhere');
    delete process.env.HF_HUB_CACHE;
    delete process.env.HF_HOME;
    process.env.XDG_CACHE_HOME = path.join(home, 'xdg');
    await inFolder('xdg', 'huggingface', 'hub');
    const before = process.env.HOME;
    process.env.HOME = home;
    process.env.HF_HOME = '~/hf';
    await inFolder('hf', 'hub');
    process.env.HOME = before;
  });
});

describe('a download', () => {
  it('goes on where the connection broke off', async () => {
    hub().cdn = breakingAfter(5_000_000);
    const { path: at } = await downloadModel('hf:graft-test/lite0');
    expect(readFileSync(at).equals(LITE0)).toBe(true);
    const ranges = hub()
      .seen.filter(({ at }) => at === 'cdn')
      .slice(-2)
      .map(({ range }) => range);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d{5,6}-$/)]);
  });

  it('whose process was killed goes on at the next call; the revision is noted only then', async () => {
    const half = 5_000_000;
    const child = spawn(process.execPath, fetching('hf:graft-test/lite0'), { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    hub().cdn = (_, response, content) => {
      response.writeHead(200, { etag: `"${sha256(content).slice(0, 32)}"`, 'content-length': content.length });
      response.write(content.subarray(0, half));
    };
    const part = lite0('blobs', `${sha256(LITE0)}.part`);
    while (!existsSync(part) || statSync(part).size < half) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(lite0('refs'))).toBe(false);
    await expect(load('hf:graft-test/lite0')).rejects.toThrow(/is not downloaded/);
    hub().cdn = serveBlob;
    const { path: at } = await downloadModel('hf:graft-test/lite0');
    expect(readFileSync(at).equals(LITE0)).toBe(true);
    expect(hub().seen.at(-1)).toMatchObject({ at: 'cdn', range: `bytes=${half}-` });
    expect(tree(lite0('blobs'))).toHaveLength(3);
  });

  it('of the wrong content is not used', async () => {
    const wrong = Buffer.from(LITE0);
    wrong[1_000_000] ^= 1;
    hub().cdn = (request, response) => serveBlob(request, response, wrong);
    await expect(downloadModel('hf:graft-test/lite0')).rejects.toThrow(
      new RegExp(
        `expected a file of ${LITE0.length} bytes with SHA-256 ${sha256(LITE0)}; got ${LITE0.length} bytes with SHA-256 ${sha256(wrong)}`,
      ),
    );
    expect(existsSync(lite0('snapshots', FIRST, 'onnx'))).toBe(false);
    expect(existsSync(lite0('refs'))).toBe(false);
  });

  it('of a web page is none, whatever it is called', async () => {
    hub().cdn = (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    await expect(downloadModel('hf:graft-test/lite0')).rejects.toThrow(/expected a file; the server sent a web page/);
    const { commits } = hub().repositories['graft-test/lite0'];
    commits[FIRST]['onnx/model.onnx'] = Buffer.from(`<!DOCTYPE html>${' '.repeat(3000)}`);
    hub().cdn = serveBlob;
    await expect(downloadModel('hf:graft-test/lite0')).rejects.toThrow(/expected an ONNX file; got a web page/);
    expect(existsSync(lite0('refs'))).toBe(false);
  });

  it('of two at once is one', async () => {
    const both = await Promise.all([1, 2].map(() => node(fetching('hf:graft-test/lite0'))));
    expect(both.map(({ status, stderr }) => [status, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ]);
    expect(both[0].stdout).toBe(both[1].stdout);
    expect(
      hub()
        .taken()
        .filter((one) => one.startsWith('GET cdn')),
    ).toHaveLength(1);
    expect(tree(lite0('blobs'))).toHaveLength(3);
    expect(tree(inCache('.locks', 'models--graft-test--lite0'))).toEqual([]);
  });

  it('works on a disk without links', async () => {
    process.env.HF_HUB_DISABLE_SYMLINKS = '1';
    const { path: at } = await downloadModel('hf:graft-test/external');
    expect(lstatSync(at).isSymbolicLink()).toBe(false);
    expect((await load('hf:graft-test/external', { cut: 'relu2' })).outputShape).toEqual([12]);
    hub().taken();
    delete process.env.HF_HUB_DISABLE_SYMLINKS;
    await downloadModel('hf:graft-test/external');
    expect(hub().taken()).toHaveLength(1);
  });

  it('writes nothing where all is there: the disk may be read-only', async () => {
    const changed = (): string[] =>
      tree(inCache()).map((name) => `${name} ${lstatSync(inCache(name), { bigint: true }).ctimeNs}`);
    await downloadModel('hf:graft-test/small');
    const before = changed();
    await downloadModel('hf:graft-test/small');
    expect(changed()).toEqual(before);
  });
});

describe('a refusal', () => {
  const fetched = (name: string, options = {}) => downloadModel(`hf:graft-test/${name}`, options);

  it('of a gated repository says who may and what to set', async () => {
    await expect(fetched('gated')).rejects.toThrow(
      /hf:graft-test\/gated is gated: only people who are logged in get it.*set HF_TOKEN/,
    );
    process.env.HF_TOKEN = 'hf_wrong';
    await expect(fetched('gated')).rejects.toThrow(
      /is gated: the account of HF_TOKEN has no access to it\. Ask for access on/,
    );
    process.env.HF_TOKEN = ' hf_right\n';
    expect((await fetched('gated')).file).toBe('model.onnx');
    await expect(fetched('private')).resolves.toMatchObject({ commit: FIRST });
    // the token is for the hub, not for those whom it sends to
    expect(hub().seen.filter(({ at, token }) => at === 'cdn' && token)).toEqual([]);
    expect(hub().seen.at(-2)).toMatchObject({ at: 'hub', token: 'hf_right' });
  });

  it('names what there is not: repository, revision, file, ONNX', async () => {
    await expect(fetched('private')).rejects.toThrow(
      /there is no such repository on http.*Is it spelt right\? If it is private, set HF_TOKEN/,
    );
    process.env.HF_TOKEN = 'hf_wrong';
    await expect(fetched('nothing')).rejects.toThrow(/there is no such repository on http.*or HF_TOKEN is wrong/);
    delete process.env.HF_TOKEN;
    await expect(fetched('lite0@v9')).rejects.toThrow(/hf:graft-test\/lite0 has no revision "v9"; .*tree\/main lists/);
    await expect(fetched('lite0', { file: 'model.onnx' })).rejects.toThrow(
      'file: expected one of onnx/model.onnx, onnx/model_quantized.onnx of hf:graft-test/lite0; got "model.onnx".',
    );
    await expect(fetched('lite0@v1.0', { revision: 'main' })).rejects.toThrow(
      'revision: expected one; got "main", and "v1.0" in hf:',
    );
    const { commits } = hub().repositories['graft-test/lite0'];
    commits[FIRST] = { 'a.onnx': LITE0, 'b.onnx': LITE0 };
    await expect(fetched('lite0')).rejects.toThrow(
      'file: expected one of a.onnx, b.onnx of hf:graft-test/lite0; got none.',
    );
    commits[FIRST] = { 'model.safetensors': LITE0 };
    await expect(fetched('lite0')).rejects.toThrow(/expected an ONNX file; there is none among its 1 files/);
  });

  it('of a server that is no hub says so', async () => {
    for (const said of [{}, { sha: '../..', siblings: [] }, { sha: FIRST }, 'nonsense', null]) {
      hub().info = () => said;
      await expect(fetched('lite0')).rejects.toThrow(
        /expected what a hub says of a repository; got something else \(application\/json.*HF_ENDPOINT/,
      );
    }
    process.env.HF_ENDPOINT = 'http://127.0.0.1:9';
    await expect(fetched('lite0')).rejects.toThrow(/the hub cannot be reached.*HF_HUB_OFFLINE=1/);
  });

  it('meets names that lead elsewhere, and checksums that are none', async () => {
    const said = (siblings: object[]) => (hub().info = (info) => ({ ...info, siblings }));
    const blob = { size: 3, blobId: 'a'.repeat(40) };
    said([{ ...blob, rfilename: '../../../evil.onnx' }]);
    await expect(fetched('lite0')).rejects.toThrow(
      /file: expected a path in the repository.*evil\.onnx.*Nothing outside/,
    );
    said([{ ...blob, rfilename: 'model.onnx', blobId: '../../evil' }, { rfilename: 'x.onnx' }, {}]);
    await expect(fetched('lite0')).rejects.toThrow(/there is none among its 0 files/);
    delete hub().info;
    const { commits } = hub().repositories['graft-test/external'];
    // of the same length, so that the message around it stays whole
    const leadsOut = Buffer.from(
      commits[OTHER]['conv-external.onnx']
        .toString('latin1')
        .replaceAll('conv-external.weights', '../conv-external.weig'),
      'latin1',
    );
    commits[OTHER]['conv-external.onnx'] = leadsOut;
    await expect(fetched('external')).rejects.toThrow(
      /names "\.\.\/conv-external\.weig", which leads out of its folder\. Such a file is not fetched/,
    );
    commits[OTHER] = {
      'conv-external.onnx': repositories()['graft-test/external'].commits[OTHER]['conv-external.onnx'],
    };
    await expect(fetched('external')).rejects.toThrow(
      /expected its weights in conv-external\.weights; the repository has no such file/,
    );
    expect(existsSync(path.join(surroundings.home, 'hub', 'evil.onnx'))).toBe(false);
    expect(tree(inCache()).filter((name) => /evil|weig/.test(name))).toEqual([]);
  });

  it('of a reference that is no commit looks at nothing', async () => {
    mkdirSync(lite0('refs'), { recursive: true });
    writeFileSync(lite0('refs', 'main'), '../../evil');
    await expect(load('hf:graft-test/lite0')).rejects.toThrow(/is not downloaded/);
  });
});
