/**
 * The npm tarball works in an author's project, with the oldest and the newest supported versions of the SDK and zod.
 * `npm run package` tests all combinations. Needs a package registry.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CORNERS } from '../../scripts/package/cells';
import { checkCell, checkNodes, checkResolution, type Check } from '../../scripts/package/checks';
import { Project } from '../../scripts/package/project';

const TIME_MS = 900_000;
let project: Project;
beforeAll(async () => {
  project = await Project.create();
});
afterAll(() => project.remove());

const failed = (checks: Check[]) =>
  checks.filter(({ ran }) => !ran.ok).map(({ what, ran }) => [what, ran.output]);

test.each(CORNERS)(
  'with SDK $sdk and zod $zod an app compiles, wrong uses do not, and it runs',
  async (cell) => {
    expect(failed(await checkCell(project, cell))).toEqual([]);
  },
  TIME_MS,
);

test(
  'it runs with the oldest Node that is promised, and with the newest',
  async () => {
    expect(failed(await checkNodes(project))).toEqual([]);
  },
  TIME_MS,
);

test(
  'types are resolved as the code beside them is',
  async () => {
    expect(failed([await checkResolution(project)])).toEqual([]);
  },
  TIME_MS,
);
