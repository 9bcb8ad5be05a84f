import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cutCandidates } from '../../src/onnx/cut-candidates.ts';
import { readModel } from '../../src/onnx/file/model-file.ts';
import { REFERENCES } from '../references/read.ts';

const candidates = (name: string): [cut: string, what: string][] =>
  cutCandidates(readModel(readFileSync(path.join(REFERENCES, 'onnx/cuts', `${name}.onnx`)))).map(({ cut, what }) => [
    cut,
    what,
  ]);

const BEFORE = 'before the classifier';
const SCORES = 'scores of the network’s own classes';

// made by test/references/onnx_cuts.py
describe('the first tensor that is proposed is what the classifier takes', () => {
  it.each([
    ['two-outputs', 'gap', 'logits'],
    ['batch-minus-one', 'gap', 'logits'],
    ['weights-in-constants', 'gap', 'probs'],
    ['external-constant', 'gap', 'probs'],
    ['conv-classifier', 'r0', 'logits'],
    ['conv-relu-classifier', 'r0', 'logits'],
    ['two-heads', 'gap', 'logits'],
    ['channels-last', 'mean', 'probs'],
    ['vit-classifier', 'token', 'logits'],
    ['dynamic', 'token', 'logits'],
    ['qdq', 'gap', 'logits'],
  ])('of %s: %s, and the scores come last', (name, before, scores) => {
    const found = candidates(name);
    expect(found[0]).toEqual([before, BEFORE]);
    expect(found.at(-1)).toEqual([scores, SCORES]);
    expect(found.filter(([, what]) => what === BEFORE || what === SCORES)).toHaveLength(2);
  });

  it('and nothing that is made of scores is proposed as features', () => {
    expect(candidates('conv-classifier').map(([cut]) => cut)).toEqual(['r0', 'logits']);
    expect(candidates('two-heads').map(([cut]) => cut)).toEqual(['gap', 'gp', 'r0', 'logits']);
  });
});

describe('an output that is no scores', () => {
  it('is features, and so is what a projection takes', () => {
    expect(candidates('two-outputs')).toContainEqual(['embedding', 'an output']);
    expect(candidates('projection').slice(0, 2)).toEqual([
      ['image_embeds', 'an output'],
      ['gap', 'before the projection to image_embeds'],
    ]);
  });

  it('may come from a 1×1 convolution, as MobileNet’s last one, which widens', () => {
    expect(candidates('conv-widens')[0]).toEqual(['out', 'an output']);
  });
});
