import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { cachedModel, downloadModel } from '../../src/backbones/hub-model.ts';
import { itWithPeers } from '../peers.ts';
import { FIRST, LITE0, OTHER, withHub } from './surroundings.ts';

// Python's own huggingface_hub (src/setup/requirements/peers.in) beside Graft, on one cache and one server

const surroundings = withHub();
const { inCache } = surroundings;
const run = promisify(execFile);

/** What a few lines of Python print, as JSON. */
async function said(python: string, code: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const script = `import json\nfrom huggingface_hub import *\n${code}`;
  const quiet = { HF_HUB_DISABLE_TELEMETRY: '1', HF_HUB_DISABLE_PROGRESS_BARS: '1', HF_HUB_DISABLE_UPDATE_CHECK: '1' };
  const { stdout } = await run(python, ['-c', script], { env: { ...process.env, ...quiet, ...env } });
  return JSON.parse(stdout);
}

/** Every file of the cache's repositories, links with what they point to. */
function contents(): string[] {
  const folder = inCache();
  return (
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      // what a commit holds is noted by Graft alone
      .filter(
        (name) =>
          name.startsWith('models--') &&
          !name.includes('/.graft/') &&
          !lstatSync(path.join(folder, name)).isDirectory(),
      )
      .map((name) => {
        const file = path.join(folder, name);
        return `${name}: ${lstatSync(file).isSymbolicLink() ? readlinkSync(file) : readFileSync(file, 'hex').slice(0, 80)}`;
      })
      .sort()
  );
}

describe('huggingface_hub', () => {
  itWithPeers('finds, offline, what Graft has downloaded', async (python) => {
    const { path: at } = await downloadModel('hf:graft-test/lite0');
    await downloadModel('hf:graft-test/external');
    surroundings.hub.taken();
    const found = await said(
      python,
      `print(json.dumps([
        hf_hub_download('graft-test/lite0', 'onnx/model.onnx'),
        hf_hub_download('graft-test/lite0', 'preprocessor_config.json', revision='${FIRST}'),
        try_to_load_from_cache('graft-test/external', 'conv-external.weights'),
        try_to_load_from_cache('graft-test/external', 'config.json') is _CACHED_NO_EXIST,
        sorted((repo.repo_id, repo.nb_files, [r.commit_hash for r in repo.revisions]) for repo in scan_cache_dir().repos),
        [str(warning) for warning in scan_cache_dir().warnings],
      ]))`,
      { HF_HUB_OFFLINE: '1' },
    );
    expect(found).toEqual([
      at,
      path.join(path.dirname(at), '../preprocessor_config.json'),
      inCache('models--graft-test--external', 'snapshots', OTHER, 'conv-external.weights'),
      true,
      [
        ['graft-test/external', 3, [OTHER]],
        ['graft-test/lite0', 3, [FIRST]],
      ],
      [],
    ]);
    expect(surroundings.hub.taken()).toEqual([]);
  });

  itWithPeers('downloads from the tests’ server, and leaves what Graft leaves, to the byte', async (python) => {
    const files = [
      'config.json',
      'preprocessor_config.json',
      'processor_config.json',
      'onnx/config.json',
      'onnx/preprocessor_config.json',
      'onnx/processor_config.json',
      'onnx/model.onnx',
    ];
    await said(
      python,
      `from huggingface_hub.errors import EntryNotFoundError
for file in ${JSON.stringify(files)}:
    try:
        hf_hub_download('graft-test/lite0', file)
    except EntryNotFoundError:
        pass
print('[]')`,
    );
    expect(surroundings.hub.taken().filter((one) => one.startsWith('GET cdn'))).toHaveLength(1);
    const theirs = contents();
    expect(readFileSync(cachedModel('hf:graft-test/lite0').path).equals(LITE0)).toBe(true);
    surroundings.hub.taken();
    // what they made is complete for Graft, pinned or not
    await downloadModel(`hf:graft-test/lite0@${FIRST}`);
    expect(surroundings.hub.taken()).toEqual([]);
    rmSync(inCache(), { recursive: true });
    await downloadModel('hf:graft-test/lite0');
    expect(contents()).toEqual(theirs);
  });

  itWithPeers('is told the same by the server: files with checksums, and why not', async (python) => {
    const code = `from huggingface_hub import errors
def why(repo, file, **options):
    try:
        return hf_hub_download(repo, file, **options)
    except Exception as error:
        return type(error).__name__
info = HfApi().model_info('graft-test/lite0', files_metadata=True)
lfs = next(one for one in info.siblings if one.rfilename == 'onnx/model.onnx')
print(json.dumps([info.sha, lfs.size, lfs.lfs.sha256, len(info.siblings),
    why('graft-test/gated', 'model.onnx'), why('graft-test/gated', 'model.onnx', token='hf_wrong'),
    why('graft-test/private', 'model.onnx'), why('graft-test/lite0', 'none.onnx'),
    why('graft-test/lite0', 'config.json', revision='v9'), why('graft-test/gated', 'model.onnx', token='hf_right')]))`;
    const [sha, size, sum, n, ...rest] = (await said(python, code)) as unknown[];
    expect([sha, size, n]).toEqual([FIRST, LITE0.length, 5]);
    expect(readlinkSync((await downloadModel('hf:graft-test/lite0')).path)).toMatch(new RegExp(`/${String(sum)}$`));
    expect(rest).toEqual([
      'GatedRepoError',
      'GatedRepoError',
      'RepositoryNotFoundError',
      'RemoteEntryNotFoundError',
      'RevisionNotFoundError',
      inCache('models--graft-test--gated', 'snapshots', FIRST, 'model.onnx'),
    ]);
  });

  itWithPeers('keeps what repositories share in one place, where Graft reads it', async (python) => {
    await downloadModel('hf:graft-test/external');
    await said(
      python,
      `import os
from huggingface_hub.utils import _shared_blobs as shared
blobs = os.path.join(${JSON.stringify(inCache('models--graft-test--external', 'blobs'))})
for name in os.listdir(blobs):
    file = os.path.join(blobs, name)
    shared.publish_blob_to_shared_store(blob_path=file, xet_hash=name.ljust(64, '0'), cache_dir=${JSON.stringify(inCache())}, expected_size=os.path.getsize(file), replace_existing=False)
    assert os.path.islink(file)
print('[]')`,
    );
    const { loadBackbone } = await import('../../src/backbones/load-backbone.ts');
    expect(await loadBackbone('hf:graft-test/external', { cut: 'relu2' })).toMatchObject({ outputShape: [12] });
  });
});
