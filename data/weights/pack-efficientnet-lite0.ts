// Packs EfficientNet-Lite0 for the project: cut before its classifier, weights as float16 (a Cast brings each back to
// float32, once, when ONNX Runtime loads the file).
//
//   npx tsx data/weights/pack-efficientnet-lite0.ts efficientnet-lite0.onnx
//
// The file that goes in is the one described in data/weights/README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../src/project.ts';
import { cutModel } from '../../src/onnx/cut.ts';
import { encodeOnnx, type Node, type Tensor } from '../../src/onnx/file/format.ts';
import { readModel } from '../../src/onnx/file/model-file.ts';
import { sha256 } from '../../src/storage/files/hash.ts';
import { toFloat16 } from '../../src/storage/rows/float16.ts';

const CUT = 'features';
const FLOAT32 = 1;
const [, , source] = process.argv;
if (!source) throw new Error('expected the path of efficientnet-lite0.onnx');

const model = readModel(readFileSync(source));
const cut = cutModel(model, [CUT]);
const casts: Node[] = [];
const halves: Tensor[] = [];
const whole: Uint8Array[] = [];
for (const { name, type, shape, raw, bytes } of cut.tensors) {
  if (type !== FLOAT32 || shape.length < 2 || !raw) {
    whole.push(bytes); // biases and limits are small
    continue;
  }
  const half = toFloat16(new Float32Array(new Uint8Array(raw).buffer));
  halves.push({
    name: `${name}/float16`,
    type: 'float16',
    shape,
    data: new Uint8Array(half.buffer, half.byteOffset, half.byteLength),
  });
  casts.push({ op: 'Cast', inputs: [`${name}/float16`], output: name, attributes: { to: FLOAT32 } });
}
const packed = encodeOnnx(
  {
    name: 'efficientnet-lite0',
    inputs: [{ name: cut.inputs[0].name, type: 'float32', shape: ['n', 3, 224, 224] }],
    outputs: [{ name: CUT, type: 'float32', shape: ['n', 1280] }],
    nodes: casts,
    tensors: halves,
  },
  {
    nodes: cut.nodes.map((node) => node.bytes),
    after: casts.length,
    tensors: whole,
    graphFields: [],
    modelFields: model.carried,
  },
);
const file = path.join(ROOT, 'data/weights/efficientnet-lite0.onnx');
writeFileSync(file, packed);
console.log(`${file}: ${packed.length} bytes, SHA-256 ${sha256(packed)}`);
