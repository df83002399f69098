/** What an author may have installed beside this package. */

export interface Cell {
  readonly sdk: string;
  readonly zod: string;
  /** What the author's own SDK needs besides, to be compiled without `skipLibCheck`. */
  readonly more?: string[];
}

/** SDK 1.21 to 1.25 import a package in their declarations that they do not install. */
const more = ['@cfworker/json-schema@4.1.1'];

export const NEWEST: Cell = { sdk: '1.32.2', zod: '4.6.7' };

/** SDK 1.20 to 1.22 take zod 3 alone. */
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

/** The oldest and the newest of both. */
export const CORNERS: readonly Cell[] = CELLS.filter(({ sdk, zod }) =>
  ['1.20.0 3.25.76', '1.23.0 4.0.0', '1.32.2 3.25.76', '1.32.2 4.6.7'].includes(`${sdk} ${zod}`),
);

export const COMPILERS = { 'TypeScript 5': 'typescript@5.9.3', 'TypeScript 6': 'typescript@6.0.3' } as const;

/** By what `package.json` says of the author's modules, and how they are resolved. */
export const KINDS = {
  'ESM node16': { type: 'module', module: 'node16', moduleResolution: 'node16' },
  'CJS node16': { type: 'commonjs', module: 'node16', moduleResolution: 'node16' },
  'ESM bundler': { type: 'module', module: 'esnext', moduleResolution: 'bundler' },
} as const;
export type Kind = keyof typeof KINDS;

/**
 * With the app that each runs. Node before 20.6 cannot load TypeScript as an ES module (it has no `module.register`): there an app is CommonJS, or
 * compiled.
 */
export const NODES: readonly { readonly version: string; readonly kind: Kind }[] = [
  { version: '20.3.1', kind: 'CJS node16' },
  { version: '22', kind: 'ESM node16' },
  { version: '24', kind: 'ESM node16' },
];
