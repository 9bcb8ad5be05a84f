import { createRequire } from 'node:module';
import { useTensorFlow } from '../host/tensorflow.ts';
import type { EngineName } from './running.ts';

/** What computes in an engine, with its version: `ONNX Runtime 1.30.0`. */
export async function runtimeVersion(engine: EngineName): Promise<string> {
  if (engine !== 'tensorflow')
    return `ONNX Runtime ${(createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version}`;
  const { name, version } = await useTensorFlow();
  return `${name === 'tensorflow' ? 'TensorFlow' : 'TensorFlow.js'} ${version}`;
}
