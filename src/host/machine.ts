import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';

/** The processor's name, as the system gives it. */
export const cpuModel = (): string => os.cpus()[0]?.model.trim() || os.arch();

/** What figures of time are measured on: `AMD EPYC 7B13, 2 threads`. */
export const hardware = (): string => `${cpuModel()}, ${os.availableParallelism()} threads`;

/** The GPUs' names, as NVIDIA's driver gives them. */
export function gpuModel(): string {
  const folder = '/proc/driver/nvidia/gpus';
  if (!existsSync(folder)) return 'GPU';
  const models = readdirSync(folder).map(
    (gpu) => /Model:\s*(.+)/.exec(readFileSync(`${folder}/${gpu}/information`, 'utf8'))?.[1],
  );
  return models.filter(Boolean).join(', ') || 'GPU';
}

/** Whether the machine has a driver of NVIDIA's, so that what TensorFlow says of it is news. */
export const hasGpuDriver = (): boolean =>
  ['/proc/driver/nvidia', '/dev/nvidiactl', '/dev/dxg'].some((device) => existsSync(device));

/** Instructions by which ONNX Runtime, TensorFlow and XNNPACK choose how they compute, so that last bits differ. */
const TELLING =
  /\b(avx|avx2|fma|f16c|avx_vnni|avx512f|avx512_vnni|avx512_bf16|avx512_fp16|amx_int8|amx_tile|asimd|asimddp|sve|sve2|i8mm|bf16)\b/g;

/** The kind of CPU, as far as it decides what a computation gives in its last bits: its name, and what it can do. */
export function cpuKind(): string {
  const can = [...new Set(cpuFlags().match(TELLING) ?? [])].sort();
  return `${cpuModel()}${can.length ? ` (${can.join(', ')})` : ''}`;
}

/**
 * Whether the CPU multiplies 8-bit numbers without overflow in between: VNNI on x86, the dot product on ARM. Older CPUs
 * saturate 16-bit sums of uint8 × int8, which gives wrong features.
 */
export const hasInt8Instructions = (): boolean =>
  process.platform === 'darwin' ? os.arch() === 'arm64' : /\b(avx512_vnni|avx_vnni|asimddp)\b/.test(cpuFlags());

/** Whether the CPU multiplies matrices of 8-bit numbers (AMX). */
export const multipliesInt8Matrices = (): boolean => /\bamx_int8\b/.test(cpuFlags());

/** What the first CPU can do, as Linux lists it; empty elsewhere. */
function cpuFlags(): string {
  try {
    return /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}
