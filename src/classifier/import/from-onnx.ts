import { ASK, configBeside, nothingSaid } from '../../backbones/config-beside.ts';
import type { OnnxInput } from '../../backbones/onnx-backbone.ts';
import type { ConfiguredInput } from '../../backbones/preprocessor-config.ts';
import { UINT8 } from '../../onnx/file/model-file.ts';
import { openOnnxFile, type OnnxFile } from '../../runtime/read-onnx.ts';
import { namesBeside } from './class-names.ts';
import { ofGraft } from './graft-metadata.ts';
import type { ImportedNetwork } from './imported-network.ts';
import type { ImportOptions } from './import-options.ts';
import { scoresOf } from './onnx-scores.ts';

/**
 * Takes an ONNX file that ends in a classifier's scores or probabilities as an imported network. What stands in the
 * file (if Graft wrote it) or beside it counts, and what is given takes precedence; nothing else is assumed without a
 * remark.
 * @throws Error naming the file, and what to say
 */
export function fromOnnx(file: string, options: ImportOptions): ImportedNetwork {
  const opened = openOnnxFile(file);
  const own = ofGraft(opened);
  const { cut, output, softmax } = scoresOf(opened, options.output ?? own?.output);
  const beside = own ?? namesBeside(file);
  const input = { ...(own ? own.input : inputOf(opened, options)), ...given(options) };
  const { resize = 'crop', cropFraction = 1, interpolation = 'bilinear' } = input;
  const unsaid = !own && options.preprocess !== undefined && !options.resize;
  return {
    origin: own ? `ONNX, exported by Graft ${own.version}` : 'ONNX',
    file,
    backbone: { cut, pooling: 'none', input: { ...input, resize, cropFraction, interpolation } },
    softmax: softmax ? 'in the graph' : 'none in the graph',
    ...(beside && { classNames: beside.names }),
    fit:
      own && !given(options).resize
        ? { ...own.fit, interpolation, cropFraction }
        : { fit: resize, cropFraction, interpolation },
    found: [
      softmax
        ? `"${output}" ends in a Softmax: the scores before it are taken, and become the same probabilities`
        : `"${output}" holds scores, with no Softmax behind them: they become probabilities by one`,
      ...(beside && !options.classNames ? [`names of the classes: ${beside.where}`] : []),
    ],
    remarks: unsaid
      ? [
          `how photos were resized for it is not known: they are brought to its size here by ${resize} (${interpolation}, crop fraction ${cropFraction}); --resize, --interpolation and --crop-fraction say otherwise`,
        ]
      : [],
  };
}

/** Gives what the user said about its input, and nothing else. */
function given({ size, layout, preprocess, resize, cropFraction, interpolation }: ImportOptions): OnnxInput {
  const all = { size, layout, preprocess, resize, cropFraction, interpolation };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Gives what stands beside a file about its input. @throws Error saying what to give, if nothing does */
function inputOf(file: OnnxFile, { preprocess }: ImportOptions): OnnxInput {
  if (preprocess !== undefined) return {};
  const { inputs } = file.model;
  const known = besideFile(file.path);
  if (known) return known;
  // a graph that takes whole levels prepares them by itself
  if (inputs.length === 1 && inputs[0].type === UINT8) return { preprocess: 'none' };
  throw nothingSaid(file, ASK_HERE);
}

const ASK_HERE =
  'say --preprocess imagenet, tf, caffe, clip, torch or none, or --mean and --std, as the network’s makers give them; in a cell { preprocess }';

function besideFile(file: string): ConfiguredInput | undefined {
  try {
    return configBeside(file);
  } catch (cause) {
    throw new Error((cause as Error).message.replace(ASK, ASK_HERE), { cause });
  }
}
