import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** Gives the processor's name, as the system reports it. */
export const cpuModel = (): string => os.cpus()[0]?.model.trim() || os.arch();

/**
 * Names the hardware that times are measured on: `AMD EPYC 7B13, 2 threads`.
 * @example
 * console.log(hardware());
 */
export const hardware = (): string => `${cpuModel()}, ${os.availableParallelism()} threads`;

/** Gives the GPUs' names, as NVIDIA's driver reports them. */
export function gpuModel(): string {
  const folder = '/proc/driver/nvidia/gpus';
  if (!existsSync(folder)) return 'GPU';
  const models = readdirSync(folder).map(
    (gpu) => /Model:\s*(.+)/.exec(readFileSync(`${folder}/${gpu}/information`, 'utf8'))?.[1],
  );
  return models.filter(Boolean).join(', ') || 'GPU';
}

/** Whether the machine has an NVIDIA driver, so that what TensorFlow says about it is news. */
export const hasGpuDriver = (): boolean =>
  ['/proc/driver/nvidia', '/dev/nvidiactl', '/dev/dxg'].some((device) => existsSync(device));

/** Instructions by which ONNX Runtime, TensorFlow and XNNPACK choose how they compute, which changes the last bits. */
const TELLING =
  /\b(avx|avx2|fma|f16c|avx_vnni|avx512f|avx512_vnni|avx512_bf16|avx512_fp16|amx_int8|amx_tile|asimd|asimddp|sve|sve2|i8mm|bf16)\b/g;

/** Names the kind of CPU by what decides the last bits of a computation: its model and its instructions. */
export function cpuKind(): string {
  const can = [...new Set(cpuFlags().match(TELLING) ?? [])].sort();
  return `${cpuModel()}${can.length ? ` (${can.join(', ')})` : ''}`;
}

/**
 * Whether the CPU multiplies 8-bit numbers without overflow in between: VNNI on x86, the dot product on ARM. Older CPUs
 * saturate 16-bit sums of uint8 × int8, which gives wrong features; sessions avoid that there, and take longer.
 */
export const hasInt8Instructions = (): boolean =>
  process.platform === 'darwin' ? os.arch() === 'arm64' : /\b(avx512_vnni|avx_vnni|asimddp)\b/.test(cpuFlags());

/** Whether the CPU multiplies matrices of 8-bit numbers (AMX). */
export const multipliesInt8Matrices = (): boolean => /\bamx_int8\b/.test(cpuFlags());

/** Whether the CPU multiplies numbers of bfloat16, alone (AVX-512) or in matrices (AMX). */
export const multipliesBfloat16 = (): boolean => /\b(avx512_bf16|amx_bf16)\b/.test(cpuFlags());

/**
 * Whether it multiplies matrices of bfloat16 (AMX). AVX-512 alone gains nothing: EfficientNet-Lite0 ran 0.62 to 0.83 times
 * as fast as ONNX Runtime's float32 (docs/performance.md).
 */
export const multipliesBfloat16Matrices = (): boolean => /\bamx_bf16\b/.test(cpuFlags());

/** Gives the first CPU's features, as Linux lists them; empty elsewhere. */
function cpuFlags(): string {
  try {
    return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
