import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { checkAgreement, openPeer, openPeers } from '../../src/bench/peers/peer.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import type { Backbone } from '../../src/models/backbone.ts';

let folder = '';
/** In Python's place: lacks a compiler, and takes 2 seconds for whatever it is asked. */
let python = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'graft-peer-'));
  python = path.join(folder, 'python');
  const lines = [
    '#!/bin/sh',
    'if [ "$2" = torch-int8 ]; then echo "left out: no C++ compiler"; exit; fi',
    'if [ "$2" = torch-float32 ]; then echo "no memory" >&2; exit 1; fi',
    'echo ready; while read -r line; do echo 2; done',
  ];
  writeFileSync(python, `${lines.join('\n')}\n`, { mode: 0o755 });
});

afterAll(() => rmSync(folder, { recursive: true }));

it('a peer that lacks something says so and is left out', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  expect(await openPeer(python, ['torch-int8', 'vgg16', '8'])).toBeUndefined();
  expect(log.mock.calls).toEqual([['torch-int8 is left out: no C++ compiler']]);
  log.mockRestore();
});

it('a peer whose process ends is an error with what it wrote', async () => {
  await expect(openPeer(python, ['torch-float32', 'vgg16', '8'])).rejects.toThrow(
    'torch-float32: its process has ended:\nno memory',
  );
});

it('a peer is named by its library and precision, and answers in seconds', async () => {
  const peer = (await openPeer(python, ['openvino-int8', 'vgg16', '8']))!;
  expect([peer.name, peer.precision]).toEqual(['OpenVINO int8', 'int8']);
  expect(await peer.run(8)).toBe(2);
  peer.close();
});

it('peers in 8 bits are opened only beside a backbone in 8 bits', async () => {
  writeFileSync(python, '#!/bin/sh\necho ready; while read -r line; do echo 2; done\n', { mode: 0o755 });
  const peers = await openPeers([{} as Backbone], {} as Dataset, { python, network: 'vgg16', folder });
  expect(peers.map(({ name }) => name)).toEqual([
    'Keras / TensorFlow float32',
    'PyTorch float32',
    'PyTorch bfloat16',
    'OpenVINO float32',
    'OpenVINO bfloat16',
  ]);
  for (const peer of peers) await peer.close();
});

it('checkAgreement holds the features of one graph to each other', () => {
  const ours = Float32Array.from({ length: 8 * 4 }, (_, i) => 1 + Math.sin(i));
  expect(() =>
    checkAgreement(
      'OpenVINO int8',
      ours,
      ours.map((x) => x * 1.001 + 0.001),
    ),
  ).not.toThrow();
  expect(() => checkAgreement('OpenVINO int8', ours, ours.slice().reverse())).toThrow(
    /to a mean cosine of 0.99; got 32, 0\./,
  );
  expect(() => checkAgreement('OpenVINO int8', ours, ours.subarray(8))).toThrow(
    /expected ONNX Runtime's 32 features .* got 24/,
  );
});
