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

/**
 * Whether the CPU multiplies 8-bit numbers without overflow in between: VNNI on x86, the dot product on ARM. Older CPUs
 * saturate 16-bit sums of uint8 × int8, which gives wrong features.
 */
export function hasInt8Instructions(): boolean {
  if (process.platform === 'darwin') return os.arch() === 'arm64';
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    return /\b(avx512_vnni|avx_vnni|asimddp)\b/.test(flags);
  } catch {
    return false;
  }
}
