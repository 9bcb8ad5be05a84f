/**
 * Packs VGG16's 13 convolutions to 8 bits, one scale an output channel, as Graft's int8 backbone rounds them.
 *
 * usage: npx tsx data/weights/pack-vgg16.ts vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5
 *   writes vgg16-8bit.safetensors beside this script and prints its size and MD5
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantizeWeights } from '../../src/onnx/int8.ts';
import { openWeights } from '../../src/storage/weights/weights-file.ts';

const METADATA = {
  title: 'VGG16, the 13 convolutions, 8 bits',
  authors: 'K. Simonyan and A. Zisserman, Visual Geometry Group, University of Oxford',
  source: 'Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014; Keras’ copy, vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5',
  licence: 'CC BY 4.0, https://creativecommons.org/licenses/by/4.0/',
  changes: 'Each kernel rounded to 8 bits with one scale an output channel: weight = value / 127 · kernel_largest. Biases as they are. Fully connected layers left out.',
};

const weights = await openWeights(process.argv[2]);
const header: Record<string, unknown> = { __metadata__: METADATA };
const parts: Buffer[] = [];
let at = 0;
function add(name: string, dtype: 'I8' | 'F32', shape: readonly number[], values: Int8Array | Float32Array): void {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
  parts.push(bytes);
  at += bytes.length;
}

const layers = [...weights.layers].filter(([name]) => /^block\d_conv\d$/.test(name)).map(([name, [kernel, bias]]) => {
  const values = kernel.read();
  const outputs = kernel.shape.at(-1)!;
  const largest = new Float32Array(outputs);
  values.forEach((value, i) => (largest[i % outputs] = Math.max(largest[i % outputs], Math.abs(value))));
  return { name, shape: kernel.shape, outputs, largest, values: quantizeWeights(values, outputs).values, bias: bias.read() };
});
// four-byte values first, so that all are aligned
for (const { name, outputs, largest, bias } of layers) {
  add(`${name}/kernel_largest`, 'F32', [outputs], largest);
  add(`${name}/bias`, 'F32', [outputs], bias);
}
for (const { name, shape, values } of layers) add(`${name}/kernel`, 'I8', shape, values);
weights.close();

let json = Buffer.from(JSON.stringify(header));
json = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(json.length));
const file = Buffer.concat([length, json, ...parts]);
const target = path.join(path.dirname(fileURLToPath(import.meta.url)), 'vgg16-8bit.safetensors');
writeFileSync(target, file);
console.log(`${target}: ${file.length} bytes, md5 ${createHash('md5').update(file).digest('hex')}`);
