import { readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadClassifier } from '../../src/classifier/load.ts';
import { predict } from '../../src/classifier/predict.ts';
import { saveClassifier } from '../../src/classifier/save.ts';
import { shapes10 } from '../../src/data/named/shapes10.ts';
import { trainClassifier } from '../../src/experiments/train.ts';
import { downloadModel } from '../../src/backbones/hub-model.ts';
import { FIRST, SECOND, withHub } from '../hub/surroundings.ts';

const surroundings = withHub();

describe('a classifier on a model of a hub', () => {
  it('is written down and saved with the commit, and found again wherever the cache is', async () => {
    const { home, hub } = surroundings;
    await downloadModel('hf:graft-test/small');
    const { classifier, run } = await trainClassifier({
      data: 'shapes10',
      backbone: 'hf:graft-test/small',
      cut: 'features',
      train: 40,
      test: 10,
      validation: 0,
      epochs: 1,
      cache: path.join(home, 'features'),
      runs: path.join(home, 'runs'),
      progress: false,
    });
    const pinned = { repository: 'graft-test/small', commit: FIRST, file: 'onnx/model.onnx' };
    expect(run.backbone.file?.hub).toEqual(pinned);
    const saved = path.join(home, 'saved');
    await saveClassifier(classifier, saved);
    const images = shapes10({ train: 10, test: 4 }).test;
    const before = await predict(classifier, images);

    // the branch goes on, the cache is another one: what was saved is that commit
    hub.repositories['graft-test/small'].revisions.main = SECOND;
    renameSync(path.join(home, 'hub'), path.join(home, 'moved'));
    await expect(loadClassifier(saved)).rejects.toThrow(
      new RegExp(`\`npx graft download hf:graft-test/small@${FIRST}/onnx/model\\.onnx\` brings them back`),
    );
    process.env.HF_HUB_CACHE = path.join(home, 'moved');
    await downloadModel('hf:graft-test/small');
    hub.taken();
    const loaded = await loadClassifier(saved);
    expect(await predict(loaded, images)).toEqual(before);
    expect(loaded.id).toBe(classifier.id);
    expect(hub.taken()).toEqual([]);

    // a copy in its folder needs no cache, and knows where it came from
    const whole = path.join(home, 'whole');
    await saveClassifier(loaded, whole, { includeBackbone: true });
    expect(readdirSync(whole)).toContain('model.onnx');
    process.env.HF_HUB_CACHE = path.join(home, 'nowhere');
    renameSync(path.join(home, 'moved'), path.join(home, 'gone'));
    expect((await loadClassifier(whole)).backbone.file?.hub).toEqual(pinned);
    expect(JSON.parse(readFileSync(path.join(whole, 'classifier.json'), 'utf8'))).toMatchObject({
      backbone: { onnx: { hub: pinned } },
    });
  });
});
