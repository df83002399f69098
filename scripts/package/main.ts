/**
 * `npm run package`, after `npm run build`: checks the tarball in authors' projects, with each supported SDK,
 * zod, compiler and Node. Prints a table, and the output of failed checks; needs a package registry. `npm run
 * package -- 1.22` runs only the rows whose title contains this text, `-- Node` only the rows of Node.
 * `test/long/package.test.ts` checks the corners of the matrix.
 */
import { CELLS, type Cell } from './cells';
import { checkCell, checkNodes, checkResolution, type Check } from './checks';
import { Project } from './project';

const [only = ''] = process.argv.slice(2);
const titleOf = ({ sdk, zod }: Cell): string => `SDK ${sdk}, zod ${zod}`;

async function main(): Promise<void> {
  const project = await Project.create();
  const failed: Check[] = [];
  const show = (title: string, checks: Check[]) => {
    failed.push(...checks.filter(({ ran }) => !ran.ok));
    const cells = checks.map(({ ran }) =>
      ran.isOfTheSdk ? "but for the SDK's own errors" : ran.ok ? 'yes' : '**no**',
    );
    console.log(`| ${[title, ...cells].join(' | ')} |`);
  };
  try {
    const cells = CELLS.filter((cell) => titleOf(cell).includes(only));
    for (const [index, cell] of cells.entries()) {
      const checks = await checkCell(project, cell);
      if (index === 0) {
        console.log(`| | ${checks.map(({ what }) => what).join(' | ')} |`);
        console.log(`|---|${'---|'.repeat(checks.length)}`);
      }
      show(titleOf(cell), checks);
    }
    console.log('');
    if ('Node'.includes(only))
      for (const check of [...(await checkNodes(project)), await checkResolution(project)])
        show(check.what, [check]);
    for (const { what, ran } of failed) console.log(`\n${what}:\n${ran.output.slice(0, 3_000)}`);
    process.exitCode = failed.length > 0 ? 1 : 0;
  } finally {
    await project.remove();
  }
}

void main();
