import { describe, expect, it } from 'vitest';
import { hubText, type HubText, isPath, readHubName } from '../../../src/storage/hub/name.ts';

describe('a name of a hub', () => {
  it('holds repository, revision and file', () => {
    const commit = 'a'.repeat(40);
    for (const [name, expected] of [
      ['hf:org/name', {}],
      ['hf:org/name@v1.0', { revision: 'v1.0' }],
      ['hf:org/name/onnx/model.onnx', { file: 'onnx/model.onnx' }],
      [`hf:org/name@${commit}/model.onnx`, { revision: commit, file: 'model.onnx' }],
      ['hf:org/name@refs/pr/1/onnx/model.onnx', { revision: 'refs/pr/1', file: 'onnx/model.onnx' }],
      ['hf:org/name@a%2Fb/model.onnx', { revision: 'a/b', file: 'model.onnx' }],
      ['hf:org/name/strange @ name.onnx', { file: 'strange @ name.onnx' }],
    ] as [HubText, object][]) {
      const read = readHubName(name);
      expect(read, name).toEqual({ repository: 'org/name', ...expected });
      expect(hubText(read)).toBe(name);
    }
    expect(readHubName('hf://org/name.v2_x')).toEqual({ repository: 'org/name.v2_x' });
  });

  it('is refused where it is none', () => {
    const wrong = ['hf:', 'hf:name', 'hf:org/', 'hf:/name', 'hf:../name', 'hf:org/..', 'hf:org/a--b', 'hf:o rg/name'];
    for (const name of [...wrong, 'hf:org/name.git', 'hf:https://huggingface.co/org/name', `hf:org/${'n'.repeat(97)}`])
      expect(() => readHubName(name as HubText), name).toThrow(/^expected hf:org\/name, hf:org\/name@revision or /);
    for (const revision of ['', '..', '%2e%2e%2fx', '/x', 'a b', 'a%2F%2Fb', 'a%5Cb', 'HEAD~1', 'a:b'])
      expect(() => readHubName(`hf:org/name@${revision}`), revision).toThrow(/^revision: expected a branch, a tag/);
    for (const file of [
      '',
      '../x.onnx',
      'a/../../x.onnx',
      '/etc/x.onnx',
      'a//x.onnx',
      'a\\..\\x.onnx',
      'C:x.onnx',
      './x',
    ])
      expect(() => readHubName(`hf:org/name/${file}`), file).toThrow(/^file: expected a path in the repository/);
  });

  it('leads nowhere else on any system', () => {
    for (const path of ['..', 'a/..', '/a', 'a/', '\\a', 'c:/a', 'a\0', 'a\nb', '.', ''])
      expect(isPath(path), path).toBe(false);
    for (const path of ['a', '.hidden', 'a..b', 'a/b.c', '...']) expect(isPath(path), path).toBe(true);
  });
});
