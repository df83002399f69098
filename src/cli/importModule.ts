/**
 * Imports an author's module, in JavaScript or TypeScript. The hook that compiles TypeScript for `import()`
 * runs in a thread of its own, which takes a tenth of the start-up time. A CommonJS module, as most apps are,
 * needs that hook only if some code in it calls `import()`.
 */
import { access, readFile } from 'node:fs/promises';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { firstLine } from '../shared/firstLine';

const TYPESCRIPT = /\.[cm]?tsx?$/;
/** Also matches `import()` in a string, since the code may evaluate it, but not a type in a doc comment. */
const DYNAMIC_IMPORT = /^(?!\s*\*).*(?<!@\w+ \{)\bimport\s*[(/]/m;

/** `file` is an absolute path. @throws the module's own error while it loads */
async function importModule(file: string): Promise<unknown> {
  const { href } = pathToFileURL(file);
  if (!TYPESCRIPT.test(file)) return import(href);
  const [commonJs, esm] = await Promise.all([import('tsx/cjs/api'), import('tsx/esm/api')]);
  commonJs.register();
  if (await isEsModule(file)) {
    esm.register();
    return import(href);
  }
  beforeDynamicImports(esm.register);
  return { default: createRequire(file)(file) as unknown };
}

/**
 * Resolves with the default export of the module `file`; error messages call the module `name`.
 * @throws Error in one sentence if the file is missing, or the module throws while it loads
 */
export async function importDefault(file: string, name: string): Promise<unknown> {
  await access(file).catch(() => {
    throw new Error(`${name} does not exist; give the path of a TypeScript or JavaScript module.`);
  });
  const module = (await importModule(path.resolve(file)).catch((error: unknown) => {
    throw new Error(`${name} failed while loading: ${firstLine(error)}`, { cause: error });
  })) as { default?: unknown };
  const { default: found } = module;
  // TypeScript compiled to CommonJS wraps the default export in one more `default`.
  return typeof found === 'object' && found !== null && 'default' in found ? found.default : found;
}

/** Decides as Node does: by the extension, else by the nearest package.json. */
async function isEsModule(file: string): Promise<boolean> {
  if (!file.endsWith('.ts') && !file.endsWith('.tsx')) return file.includes('.m', file.lastIndexOf('.'));
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return (JSON.parse(text) as { type?: unknown }).type === 'module';
    if (folder === path.dirname(folder)) return false;
  }
}

/**
 * Calls `then` before the first CommonJS module with an `import()` runs, be it the app's or a dependency's.
 */
function beforeDynamicImports(then: () => unknown): void {
  const { prototype } = Module as unknown as { prototype: { _compile(code: string, file: string): unknown } };
  const { _compile: compile } = prototype;
  prototype._compile = function (code, file) {
    if (DYNAMIC_IMPORT.test(code)) {
      prototype._compile = compile;
      then();
    }
    return compile.call(this, code, file);
  };
}
