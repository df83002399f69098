/** The versions that an author may have installed beside this package. */

export interface Cell {
  readonly sdk: string;
  readonly zod: string;
  /** Further packages that the declarations of this SDK need to compile without `skipLibCheck`. */
  readonly more?: string[];
}

/** A package that the declarations of SDK 1.21 to 1.25 import, and that these SDKs do not install. */
const more = ['@cfworker/json-schema@4.1.1'];

export const NEWEST: Cell = { sdk: '1.32.2', zod: '4.6.7' };

/** The rows of the matrix. SDK 1.20 to 1.22 support zod 3 only. */
export const CELLS: readonly Cell[] = [
  { sdk: '1.20.0', zod: '3.25.76' },
  { sdk: '1.22.0', zod: '3.25.28', more },
  { sdk: '1.23.0', zod: '3.25.76', more },
  { sdk: '1.23.0', zod: '4.0.0', more },
  { sdk: '1.25.3', zod: '4.6.7', more },
  { sdk: '1.28.0', zod: '4.1.13' },
  { sdk: '1.32.2', zod: '3.25.76' },
  NEWEST,
];

/** The cells with the oldest and the newest SDK and zod, which `test/long/package.test.ts` checks. */
export const CORNERS: readonly Cell[] = CELLS.filter(({ sdk, zod }) =>
  ['1.20.0 3.25.76', '1.23.0 4.0.0', '1.32.2 3.25.76', '1.32.2 4.6.7'].includes(`${sdk} ${zod}`),
);

export const COMPILERS = { 'TypeScript 5': 'typescript@5.9.3', 'TypeScript 6': 'typescript@6.0.3' } as const;

/**
 * The kinds of an author's project: the module type in `package.json`, and the compiler's module resolution.
 */
export const KINDS = {
  'ESM node16': { type: 'module', module: 'node16', moduleResolution: 'node16' },
  'CJS node16': { type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  'ESM bundler': { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
} as const;
export type Kind = keyof typeof KINDS;

/**
 * The versions of Node, and the kind of app that each runs. Node before 20.6 cannot load TypeScript as an ES
 * module (it has no `module.register`): there, an app must be CommonJS, or compiled.
 */
export const NODES: readonly { readonly version: string; readonly kind: Kind }[] = [
  { version: '20.3.1', kind: 'CJS node16' },
  { version: '22', kind: 'ESM node16' },
  { version: '24', kind: 'ESM node16' },
];
