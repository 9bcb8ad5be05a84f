import path from 'node:path';
import ts from 'typescript';

/** A function that notebooks import, as its types say it. */
export interface PublicFunction {
  readonly name: string;
  /** Options and arguments that are numbers, or lists of them. */
  readonly numbers: readonly string[];
  /** What it takes that carries labels and class names: `train`, `options.validation`; a model counts, since its head knows its classes. */
  readonly labelled: readonly string[];
  /** What it takes that is, or may be, features. */
  readonly features: readonly string[];
}

const DOORS = ['src/index.ts', 'src/analysis/index.ts', 'src/plots/index.ts'];
const ROOT = path.resolve(import.meta.dirname, '..');

/**
 * Reads the functions of the front doors. Of types from packages nothing is known here, so that neither TensorFlow.js
 * nor the DOM has to be read.
 */
export function publicFunctions(): PublicFunction[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    allowJs: true, // tables of names are plain JavaScript
    allowImportingTsExtensions: true,
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const file = path.resolve(path.dirname(from), text);
      const own = text.startsWith('.') && /\.(ts|mjs)$/.test(text);
      return {
        resolvedModule: own
          ? {
              resolvedFileName: file,
              extension: text.endsWith('.ts') ? ts.Extension.Ts : ts.Extension.Mjs,
              isExternalLibraryImport: false,
            }
          : undefined,
      };
    });
  const files = DOORS.map((door) => path.join(ROOT, door));
  const program = ts.createProgram(files, options, host);
  const checker = program.getTypeChecker();
  return files.flatMap((file) => {
    const door = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    return checker.getExportsOfModule(door).flatMap((exported) => {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      if (!symbol.valueDeclaration) return [];
      const signatures = checker.getTypeOfSymbol(symbol).getCallSignatures();
      if (!signatures.length) return [];
      const of = (read: (parameter: ts.Symbol, checker: ts.TypeChecker) => string[]): string[] => [
        ...new Set(signatures.flatMap((signature) => signature.getParameters().flatMap((one) => read(one, checker)))),
      ];
      return [{ name: exported.name, numbers: of(numbersIn), labelled: of(labelledIn), features: of(featuresIn) }];
    });
  });
}

/** Objects that are no options: pictures, features, rows that were made before. */
const isMade = (type: ts.Type): boolean =>
  ['kind', 'labels', 'right', 'length', 'byteLength', 'points', 'scale'].some((name) => type.getProperty(name));

function numbersIn(parameter: ts.Symbol, checker: ts.TypeChecker): string[] {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  if (isNumber(type, checker)) return [parameter.name];
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || isMade(type)) return [];
  return checker
    .getPropertiesOfType(type)
    .filter((property) => isNumber(checker.getNonNullableType(checker.getTypeOfSymbol(property)), checker))
    .map(({ name }) => name);
}

/** A number, or a number or something else, or a list of numbers. */
function isNumber(type: ts.Type, checker: ts.TypeChecker): boolean {
  if (type.flags & ts.TypeFlags.NumberLike) return true;
  if (type.isUnion()) return type.types.some((one) => isNumber(one, checker));
  return /^readonly number\[\]$/.test(checker.typeToString(type));
}

/** Names of types that carry class names. */
const CARRIERS =
  /^(Dataset|Features|FeatureViews|Evaluation|Splits|Sample|Photos|SweepData|Model|ModelParts|Classifier|RegressionWeights|LogisticRegression)$/;

function labelledIn(parameter: ts.Symbol, checker: ts.TypeChecker): string[] {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  if (parameter.name === 'model') return ['model']; // which may be TensorFlow.js's, of which nothing is known
  const names = namesOf(type);
  if (names.some((name) => /^(Splits|Sample|Photos|SweepData)$/.test(name)))
    return [`${parameter.name}.train`, `${parameter.name}.test`];
  if (names.some((name) => CARRIERS.test(name))) return [parameter.name];
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || isMade(type)) return [];
  return checker
    .getPropertiesOfType(type)
    .flatMap((property) =>
      namesOf(checker.getNonNullableType(checker.getTypeOfSymbol(property))).some((name) => CARRIERS.test(name))
        ? [`${parameter.name}.${property.name}`]
        : [],
    );
}

/** Of a type, or of those that it is a choice of. */
function namesOf(type: ts.Type): string[] {
  const own = [type.aliasSymbol?.name, type.getSymbol()?.name].filter((name) => name !== undefined);
  return type.isUnion() ? [...own, ...type.types.flatMap(namesOf)] : own;
}

const FEATURES = /^(Features|FeatureViews|SweepData)$/;

function featuresIn(parameter: ts.Symbol, checker: ts.TypeChecker): string[] {
  const type = checker.getNonNullableType(checker.getTypeOfSymbol(parameter));
  if (namesOf(type).some((name) => FEATURES.test(name))) return [parameter.name];
  if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || isMade(type)) return [];
  return checker
    .getPropertiesOfType(type)
    .flatMap((property) =>
      namesOf(checker.getNonNullableType(checker.getTypeOfSymbol(property))).some((name) => FEATURES.test(name))
        ? [`${parameter.name}.${property.name}`]
        : [],
    );
}
