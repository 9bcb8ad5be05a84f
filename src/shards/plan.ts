import { commandLine, IS_CLONE } from '../home.mjs';
import { cpuKind } from '../host/machine.ts';
import { graftVersion } from '../host/version.ts';
import { type EngineName, runtimeVersion } from '../runtime/running.ts';
import { hashOf } from '../storage/files/hash.ts';
import type { Place } from '../storage/places/place.ts';
import { isGone } from '../storage/rows/row-set.ts';
import { parseSealed, sealed } from '../storage/files/sealed-json.ts';

/** What every plan states about who may compute its shards. */
export interface PlanBase {
  readonly format: 'graft plan 1';
  readonly kind: 'features' | 'sweep';
  /** Graft's version and commit. */
  readonly graft: string;
  /** The runtime that computes, with its version: `ONNX Runtime 1.30.0`. */
  readonly runtime: string;
  /** The kinds of CPU that may compute; the results of different ones differ in their last bits. */
  readonly cpus: 'any' | readonly string[];
  /** The number of shards. */
  readonly shards: number;
  /** The arguments asked for, for whoever opens data and network again. */
  readonly asked: Readonly<Record<string, unknown>>;
}

/** A plan as it is stored at a place. */
export type StoredPlan<P> = P & { readonly id: string };

/** The options of every plan about how work is shared. */
export interface SharingOptions {
  /** N, from 1. */
  readonly shards: number;
  /**
   * Which kinds of CPU may compute shards: `any`, whose results may differ in their last bits; `same`, only this
   * machine's kind. @default 'any'
   */
  readonly cpu?: 'any' | 'same';
  /** The arguments asked for, for whoever opens data and network again. @default {} */
  readonly asked?: Readonly<Record<string, unknown>>;
}

/** Makes the common part of every plan on this machine, for an engine. */
export const planBase = async (
  engine: EngineName,
  { shards, cpu = 'any', asked = {} }: SharingOptions,
): Promise<Omit<PlanBase, 'kind'>> => ({
  format: 'graft plan 1',
  graft: graftVersion(),
  runtime: await runtimeVersion(engine),
  cpus: cpu === 'any' ? 'any' : [cpuKind()],
  shards,
  asked,
});

const ID = /^[0-9a-f]{24}$/;
const nameOf = (id: string): string => `plans/${id}.json`;

/**
 * Puts a plan at a place; putting the same plan again changes nothing.
 * @returns the plan with its id: the beginning of its content's SHA-256
 */
export async function putPlan<P extends PlanBase>(place: Place, plan: P): Promise<StoredPlan<P>> {
  const id = hashOf(plan).slice(0, 24);
  if (!(await place.putIfAbsent(nameOf(id), Buffer.from(sealed(plan))))) await readPlan(place, id, plan.kind);
  return { ...plan, id };
}

/**
 * Reads a plan.
 * @throws Error naming the existing plans, if it is none of them, or saying what is wrong with it
 */
export async function readPlan<P extends PlanBase>(place: Place, id: string, kind: P['kind']): Promise<StoredPlan<P>> {
  const file = `${place.uri}/${nameOf(id)}`;
  if (!ID.test(id)) throw new RangeError(`plan: expected 24 digits 0-9a-f, as --plan prints them; got "${id}".`);
  let text: string;
  try {
    text = Buffer.from(await place.read(nameOf(id))).toString('utf8');
  } catch (error) {
    if (!isGone(error)) throw error;
    const there = (await place.list('plans/')).flatMap(
      ({ name }) => /^plans\/([0-9a-f]{24})\.json$/.exec(name)?.[1] ?? [],
    );
    throw new Error(
      `plan: expected one of those in ${place.uri}/plans (${there.join(', ') || 'none is there'}); got ${id}.`,
      { cause: error },
    );
  }
  const again =
    'Remove it, and make it again with --plan: the same flags give the same plan, and what is computed stays.';
  let plan: P;
  try {
    plan = parseSealed<P>(text, file);
  } catch (cause) {
    throw new Error(`${(cause as Error).message} ${again}`, { cause });
  }
  if (hashOf(plan).slice(0, 24) !== id)
    throw new Error(`${file}: expected the plan ${id}; its content is that of ${hashOf(plan).slice(0, 24)}. ${again}`);
  if (plan.format !== 'graft plan 1' || plan.kind !== kind)
    throw new Error(`${file}: expected a plan of ${kind}; got one of ${plan.kind} (${plan.format}).`);
  return { ...plan, id };
}

/**
 * Checks this machine against a plan.
 * @param runtime the runtime that would compute here, with its version
 * @returns this CPU's kind
 * @throws Error with what the plan says and what is here
 */
export function checkMachine({ id, graft, runtime: planned, cpus }: StoredPlan<PlanBase>, runtime: string): string {
  const cpu = cpuKind();
  const refuse = (what: string, expected: string, got: string, todo: string): Error =>
    new Error(`plan ${id}: expected ${what}${expected}; this machine has ${got}. ${todo}`);
  const here = graftVersion();
  if (here !== graft)
    throw refuse('Graft ', graft, here, 'Bring it to the same commit, or make another plan with --plan.');
  if (runtime !== planned)
    throw refuse('', planned, runtime, `Set it up again (${IS_CLONE ? '`npm ci`, ' : ''}\`${commandLine('setup')}\`).`);
  if (cpus !== 'any' && !cpus.includes(cpu))
    throw refuse(
      'a CPU of the kind ',
      cpus.join(' or '),
      cpu,
      'Results of other kinds differ in their last bits: run this shard elsewhere, or plan with --cpu any.',
    );
  return cpu;
}
