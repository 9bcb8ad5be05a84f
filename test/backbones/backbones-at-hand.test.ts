import { afterEach, expect, it, vi } from 'vitest';
import { backbonesAtHand, knownBackbones } from '../../src/backbones/backbones-at-hand.ts';
import { BACKBONE_NAMES } from '../../src/models/networks/known.mjs';

afterEach(() => vi.unstubAllEnvs());

it('of every backbone with a name, where its weights lie or what fetches them', () => {
  vi.stubEnv('GRAFT_DATA', '/nowhere');
  vi.stubEnv('HF_HUB_CACHE', '/nowhere');
  for (const network of ['VGG19', 'VGG16', 'RESNET50', 'MOBILENET_V2']) vi.stubEnv(`${network}_WEIGHTS`, '');
  const known = knownBackbones();
  expect(known.map(({ backbone }) => backbone)).toEqual(BACKBONE_NAMES);
  expect(known.find(({ backbone }) => backbone === 'resnet50')).toEqual({
    backbone: 'resnet50',
    here: false,
    weights: 'not here: npm run download -- resnet50 (103 MB)',
  });
  expect(known.find(({ backbone }) => backbone === 'efficientnet-lite0')).toEqual({
    backbone: 'efficientnet-lite0',
    here: true,
    weights: 'data/weights/efficientnet-lite0.onnx',
  });
  expect(known.find(({ backbone }) => backbone === 'dinov2-small')).toEqual({
    backbone: 'dinov2-small',
    here: false,
    weights: 'not here: npm run download -- dinov2-small',
  });
  expect(backbonesAtHand()).toEqual(['vgg16', 'vgg19-mini', 'efficientnet-lite0']);
});
