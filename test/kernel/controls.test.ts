import { beforeAll, describe, expect, it } from 'vitest';
import { reference } from '../references/read.ts';
import { type CommMessage, type Result, session, type Step } from './session.ts';
import { modelErrors, schemaErrors } from './widget-schema.ts';

const recorded = reference<{
  opened: Record<string, readonly CommMessage[]>;
  answers: Record<string, readonly CommMessage[]>;
}>('widgets.json');

/** The controls that test/references/widgets.py makes of ipywidgets, as a cell makes them. */
const SAME: Readonly<Record<string, string>> = {
  slider: "slider(0, 0.95, { value: 0.5, label: 'dropout' })",
  range: 'range(32, 224, { value: [64, 128], step: 32 })',
  select: "select(['adam', 'sgd'], { value: 'sgd', label: 'optimizer' })",
  checkbox: "checkbox({ value: true, label: 'flip' })",
  toggle: "toggle({ label: 'only mistakes' })",
  text: "text({ value: 'frog', placeholder: 'class' })",
  number: 'number({ value: 20, min: 1, max: 200 })',
  anyNumber: 'number()',
  button: "button('Draw again')",
  progress: 'progress(20, { value: 3 })',
  upload: "upload({ accept: 'image/*', multiple: true })",
  html: "html('<b>x</b>')",
  image: "image(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), { alt: 'nothing' })",
  rows: "rows(html('a'))",
  columns: "columns(html('a'))",
  tabs: "tabs({ head: html('a') })",
  widget:
    "widget({ esm: 'export default { render() {} }', state: { count: 0, data: new TextEncoder().encode('abc') } })",
};
const IMPORT = `import { ${[...new Set(Object.keys(SAME))].filter((name) => name !== 'anyNumber').join(', ')} } from 'graft-ml/widgets';`;

const update = (state: object, to = 'FloatSlider'): Step => ({
  to,
  send: { data: { method: 'update', state, buffer_paths: [] } },
});

/** The steps of one kernel, each by the name that a test asks for. */
const STEPS: Readonly<Record<string, Step>> = {
  made: {
    run: `${IMPORT}\n${Object.entries(SAME)
      .map(([name, code]) => `const ${name}1 = ${code};`)
      .join('\n')}\ntabs({ ${Object.keys(SAME)
      .map((name) => `${name}: ${name}1`)
      .join(', ')} })`,
  },
  moved: update({ value: 0.7 }),
  state: { to: 'FloatSlider', send: { data: { method: 'request_state' } } },
  opens: {
    type: 'comm_open',
    send: { comm_id: 'control-1', target_name: 'jupyter.widget.control', data: {} },
    metadata: { version: '1.0.0' },
  },
  states: { send: { comm_id: 'control-1', data: { method: 'request_states' } } },
  known: { request: 'comm_info_request', content: { target_name: 'jupyter.widget' } },
  set: { run: 'slider1.value = 0.2;' },
  between: update({ value: 0.3333 }),
  beyond: update({ value: 7 }),
  wrong: update({ value: 'much', _esm: 'export default 1', nope: 1 }),
  malformed: { to: 'FloatSlider', send: { data: { method: 'update', state: 7, buffer_paths: [['a']] } } },
  listens: {
    run:
      "slider1.addEventListener('change', async () => { console.log('now', slider1.value); " +
      "if (slider1.value > 0.9) throw new Error('too much'); await null; show('<b>curve</b>'); });\n" +
      "import { show } from 'graft-ml';",
  },
  printed: update({ value: 0.4 }),
  threw: update({ value: 0.95 }),
  again: update({ value: 0.5 }),
  pressed: { to: 'Button', send: { data: { method: 'custom', content: { event: 'click' } } } },
  count: { run: 'button1.value' },
  sent: {
    to: 'FileUpload',
    send: {
      data: {
        method: 'update',
        state: { value: [{ name: 'a.png', type: 'image/png', size: 3, last_modified: 1 }] },
        buffer_paths: [['value', 0, 'content']],
      },
    },
    buffers: ['xyz'],
  },
  files: { run: 'upload1.value.map(({ name, content }) => name + " " + Buffer.from(content).toString()).join()' },
  outside: {
    to: 'FileUpload',
    send: { data: { method: 'update', state: {}, buffer_paths: [['__proto__', 'x']] } },
    buffers: ['xyz'],
  },
  refused: { run: 'slider1.value = 2' },
  markup: { run: "select(['<img src=x onerror=alert(1)>'], { label: '<i>' })" },
  iterated: {
    run:
      'const seen: number[] = []; const moves = (async () => { for await (const value of slider1) { seen.push(value); ' +
      'await new Promise((r) => setTimeout(r, 20)); if (value === 0.1) break; } })();\n' +
      'slider1.value = 0.3; slider1.value = 0.25; await new Promise((r) => setTimeout(r, 60)); slider1.value = 0.1; await moves; seen.join()',
  },
  many: {
    run:
      "import { setFlagsFromString } from 'node:v8';\nimport { runInNewContext } from 'node:vm';\n" +
      "setFlagsFromString('--expose-gc');\nconst collect = runInNewContext('gc') as () => void;\n" +
      'async function heapAfter(changes: number) {\n' +
      '  for (let i = 0; i < changes; i++) { slider1.value = (i % 2) / 10; await new Promise((r) => setImmediate(r)); }\n' +
      '  await new Promise((r) => setTimeout(r, 200));\n  collect();\n  return process.memoryUsage().heapUsed;\n}\n' +
      'const few = await heapAfter(100);\n((await heapAfter(500)) - few) / 1e6',
  },
  knownStill: { request: 'comm_info_request', content: { target_name: 'jupyter.widget' } },
  close: { run: 'slider1.close();' },
};

let results: Readonly<Record<string, Result>>;
beforeAll(async () => {
  const names = Object.keys(STEPS);
  const got = await session(Object.values(STEPS));
  results = Object.fromEntries(names.map((name, i) => [name, got.results[i]]));
});

/** References to other models differ from run to run. */
const REFERENCES = /^IPY_MODEL_[0-9a-f]{32}$/;
const isReference = (value: unknown): boolean => [value].flat().some((one) => REFERENCES.test(String(one)));
const stateOf = (message: CommMessage): Readonly<Record<string, unknown>> => message.content.data.state;
/** What was sent, but for the HTML that the labextension alone reads. */
const sentBy = (name: string): readonly CommMessage[] =>
  results[name].comms.filter(({ content }) => Object.keys(content.data.state ?? {}).join() !== '_graft_html');
const outputs = (name: string): object[] =>
  results[name].comms
    .map((one) => stateOf(one)?.outputs as object[])
    .filter(Boolean)
    .at(-1)!;

describe('a control is opened as ipywidgets opens it', () => {
  for (const name of Object.keys(SAME))
    it(name, () => {
      const theirs = recorded.opened[name].at(-1)!;
      const model = stateOf(theirs)._model_name;
      const ours = results.made.comms.find((one) => stateOf(one)._model_name === model)!;
      expect(ours).toMatchObject({ type: 'comm_open', metadata: theirs.metadata, buffers: theirs.buffers });
      expect(ours.content).toMatchObject({ target_name: 'jupyter.widget', target_module: null });
      expect(ours.content.data.buffer_paths).toEqual(theirs.content.data.buffer_paths);
      for (const [key, value] of Object.entries(stateOf(ours)))
        if (key === '_anywidget_id') expect(value).toBe('graft.widget');
        else if (isReference(value)) expect(isReference(stateOf(theirs)[key]), key).toBe(true);
        else expect([key, value]).toEqual([key, stateOf(theirs)[key]]);
      // layouts and styles too, but for the room of a label
      for (const other of results.made.comms.filter((one) => /Layout|Style/.test(String(stateOf(one)._model_name)))) {
        const theirOwn = recorded.opened[name].find((one) => stateOf(one)._model_name === stateOf(other)._model_name);
        const { description_width: _, ...rest } = stateOf(other);
        if (theirOwn) expect(stateOf(theirOwn)).toMatchObject(rest);
      }
    });
});

describe('a page is answered as ipywidgets answers it', () => {
  it('a change, the question for one state and for all, a change by a cell, the end', () => {
    const answer = (name: string): object[] =>
      recorded.answers[name].map(({ type, content }) => ({ type, data: content.data }));
    const ours = (name: string): object[] => sentBy(name).map(({ type, content }) => ({ type, data: content.data }));
    expect(ours('moved')).toEqual(answer('update'));
    expect(answer('request_state')).toMatchObject([{ data: { state: { value: 0.7 } } }]);
    expect(ours('state')).toMatchObject([{ type: 'comm_msg', data: { method: 'update', state: { value: 0.7 } } }]);
    const [{ content }] = sentBy('states');
    const slider = sentBy('made').find((one) => stateOf(one)._model_name === 'FloatSliderModel')!.content.comm_id;
    const [theirs] = Object.values(recorded.answers.request_states[0].content.data.states);
    const { state, ...named } = content.data.states[slider] as { state: object };
    expect(content.data.method).toBe('update_states');
    expect(theirs).toMatchObject(named);
    expect(state).toMatchObject({ value: 0.7 });
    expect(ours('set')).toEqual(answer('set'));
    expect(ours('close')).toEqual([...answer('close'), ...answer('close')]); // what is around it too
  });

  it('idle is said at once, and belongs to the page’s message', () => {
    expect(results.moved.kinds.slice(0, 3)).toEqual(['busy', 'comm_msg', 'idle']);
  });

  it('a value is rounded to the step and kept within the ends; what is not a value is put back', () => {
    expect(sentBy('between').map(stateOf)).toEqual([{ value: 0.3333 }, { value: 0.35 }]);
    expect(sentBy('beyond').map(stateOf)).toEqual([{ value: 7 }, { value: 0.95 }]);
    expect(sentBy('wrong').map(stateOf)).toEqual([{ value: 'much' }, { value: 0.95 }]); // no code, no other names
    expect(sentBy('malformed')).toEqual([]);
    expect(sentBy('outside')).toEqual([]);
    expect(results.refused.error).toMatchObject({
      ename: 'RangeError',
      evalue: 'slider: value: expected a number from 0 to 0.95; got 2.',
    });
  });
});

describe('all that is sent fits ipywidgets’ own schema', () => {
  it('the messages, by its specification of models; theirs fit as well', () => {
    const theirs = [...Object.values(recorded.opened), recorded.answers.set].flat();
    expect(modelErrors(theirs)).toEqual([]);
    const ours = Object.values(results).flatMap(({ comms }) => (Array.isArray(comms) ? (comms as CommMessage[]) : []));
    const kernels = ours.filter(
      ({ content: { comm_id: id, data } }) => id !== 'control-1' && data.method !== 'echo_update',
    );
    expect(modelErrors(kernels)).toEqual([]); // an echo repeats what a page has sent
    expect(ours.length).toBeGreaterThan(1000);
  });

  it('views and the state of all models, by its JSON schemas', () => {
    const view = results.made.data[0]['application/vnd.jupyter.widget-view+json'];
    expect(schemaErrors('view', view)).toEqual([]);
    const [{ content, buffers }] = sentBy('states');
    const of = (id: string): object[] =>
      (content.data.buffer_paths as string[][]).flatMap(([model, , ...path], i) =>
        model === id ? [{ path, data: Buffer.from(buffers[i], 'latin1').toString('base64'), encoding: 'base64' }] : [],
      );
    const state = Object.fromEntries(
      Object.entries(content.data.states).map(([id, one]) => [id, { ...one, buffers: of(id) }]),
    );
    expect(Object.values(state).flatMap(({ buffers }) => buffers)).toHaveLength(2);
    expect(schemaErrors('state', { version_major: 2, version_minor: 0, state })).toEqual([]);
    expect(schemaErrors('state', { version_major: 2, version_minor: 0, state: { a: { state: 1 } } })).not.toEqual([]);
  });
});

describe('a handler', () => {
  it('shows what it prints and shows under the control, an error as well; the next change works', () => {
    const printed = { output_type: 'stream', name: 'stdout', text: 'now 0.4\n' };
    expect(outputs('printed')).toMatchObject([printed, { data: { 'text/html': '<b>curve</b>' } }]);
    const traceback = expect.arrayContaining([expect.stringContaining('too much')]) as unknown;
    expect(outputs('threw')[1]).toMatchObject({ output_type: 'error', ename: 'Error', evalue: 'too much', traceback });
    expect(outputs('again')).toMatchObject([{ text: 'now 0.5\n' }, { data: { 'text/html': '<b>curve</b>' } }]);
  });

  it('hears buttons and files', () => {
    expect(results.count.display).toEqual(['1']);
    expect(results.files.display).toEqual(['a.png xyz']);
  });

  it('is not needed: a loop gets the values, the newest one if it is slower', () => {
    expect(results.iterated.display).toEqual(['0.25,0.1']);
  });

  it('leaves nothing behind: 500 changes open no comm, the outputs and the heap stay as large as they were', () => {
    expect(results.many.error).toBeNull();
    expect(Number(results.many.display[0])).toBeLessThan(1); // MB
    const known = (name: string): number => Object.keys((results[name] as unknown as { comms: object }).comms).length;
    expect(known('known')).toBeGreaterThan(20);
    // an area for the handler's output, a select with its layout, style and frame
    expect(known('knownStill') - known('known')).toBeLessThanOrEqual(4);
    expect(outputs('many').length).toBeLessThanOrEqual(2);
  });
});

it('a control is text where no front end shows it, and its words are no markup', () => {
  const [{ 'text/html': html, 'text/plain': plain }] = results.made.data;
  expect(plain).toMatch(/^slider: dropout: 0\.5 \(0 to 0\.95\)$/m);
  expect(html).toMatch(/dropout: <b>0\.5<\/b>.*Run this cell to use its controls/);
  expect(results.markup.data[0]['text/html']).not.toMatch(/<img|<i>/);
});
