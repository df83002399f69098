/**
 * Imports an author's module: JavaScript or TypeScript. What makes TypeScript out of `import()` runs in a thread of its own, which takes a
 * tenth of a start's time; a CommonJS module, which most apps are, needs it only if something in it says `import()`.
 */
import { readFile } from 'node:fs/promises';
import Module, { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { firstLine } from '../shared/firstLine';

const TYPESCRIPT = /\.[cm]?tsx?$/;
/** Also in a string, which could be evaluated; but not as a type in a comment. */
const DYNAMIC_IMPORT = /^(?!\s*\*).*(?<!@\w+ \{)\bimport\s*[(/]/m;

/** `file` is an absolute path. @throws what the module throws while it loads */
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
 * The default export of the module `file`; `name` is how sentences call the module.
 * @throws Error in one sentence if the module throws while it loads
 */
export async function importDefault(file: string, name: string): Promise<unknown> {
  const module = (await importModule(path.resolve(file)).catch((error: unknown) => {
    throw new Error(`${name} failed while loading: ${firstLine(error)}`, { cause: error });
  })) as { default?: unknown };
  const { default: found } = module;
  // TypeScript compiled to CommonJS wraps its default once more.
  return typeof found === 'object' && found !== null && 'default' in found ? found.default : found;
}

/** As Node decides it: by the extension, else by the nearest package.json. */
async function isEsModule(file: string): Promise<boolean> {
  if (!file.endsWith('.ts') && !file.endsWith('.tsx')) return file.includes('.m', file.lastIndexOf('.'));
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const text = await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return (JSON.parse(text) as { type?: unknown }).type === 'module';
    if (folder === path.dirname(folder)) return false;
  }
}

/** `then` is called before the first CommonJS module runs, of the app's or of what it requires, that has an `import()`. */
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
