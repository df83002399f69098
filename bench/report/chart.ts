/** Draws the latencies of calls relative to the floor, as an SVG for light and dark mode. */
import type { Measured, Outcome } from '../measure';
import type { Subject } from '../subjects/subject';
import type { SubjectName } from '../subjects/names';
import { ratioOf, rounded } from './table';

const WIDTH = 760;
const LABELS = 215;
/** The width of the figures at the ends of the bars. */
const FIGURES = 60;
const BAR = 16;
const GAP = 4;
const TITLE = 34;
const TOP = 56;
/** The longest ratio that is drawn. A longer bar is cut, and its figure still tells the ratio. */
const MOST = 6;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .group { font-weight: 600; }
  .faint { fill: #59636e; }
  .product { fill: #0969da; } .other { fill: #afb8c1; } .floor { fill: #6e7781; }
  line { stroke: #6e7781; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .faint { fill: #9198a1; }
    .product { fill: #4493f8; } .other { fill: #484f58; } .floor { fill: #8b949e; }
    line { stroke: #8b949e; }
  }`;

interface Bar {
  readonly subject: Subject;
  /** The median latency, divided by that of the floor. */
  readonly ratio: number;
}

interface Group {
  readonly title: string;
  readonly bars: Bar[];
}

/**
 * A chart of the `calls-…` scenarios. Their base is the floor, and their first figure is the p50 of calls.
 */
export function chartOf(measured: Measured[], subjects: Subject[]): string {
  const groups = measured
    .filter(({ scenario }) => scenario.name.startsWith('calls-'))
    .map(({ scenario, outcomes }) => ({
      title: scenario.title,
      bars: barsOf({ scenario, outcomes }, subjects),
    }));
  const most = Math.min(Math.max(1, ...groups.flatMap(({ bars }) => bars.map(({ ratio }) => ratio))), MOST);
  const scale = (ratio: number) => (Math.min(ratio, most) / most) * (WIDTH - LABELS - FIGURES);
  let y = TOP;
  const drawn = groups.map((group) => {
    const top = y;
    y += heightOf(group);
    return draw(group, top, scale);
  });
  const floorX = LABELS + scale(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Median latency of a call, divided by the floor's">
<style>${STYLE}
</style>
<text x="0" y="18" class="title">Median latency of a call, divided by the floor’s</text>
<text x="0" y="38" class="faint">Shorter is faster. The floor: signal, activity and history tail on Temporal, and nothing else.</text>
<line x1="${floorX.toFixed(1)}" x2="${floorX.toFixed(1)}" y1="${TOP}" y2="${y}"/>
${drawn.join('\n')}
</svg>
`;
}

function barsOf({ scenario, outcomes }: Measured, subjects: Subject[]): Bar[] {
  const byName = (name: SubjectName): Outcome | undefined => outcomes.find(({ subject }) => subject === name);
  const [base, column] = [byName(scenario.base), scenario.columns[0]];
  if (!base || !column) return [];
  return subjects.flatMap((subject) => {
    const outcome = byName(subject.name);
    const ratio = outcome && ratioOf(column, outcome, base);
    return ratio === undefined ? [] : [{ subject, ratio }];
  });
}

const heightOf = ({ bars }: Group): number => TITLE + bars.length * (BAR + GAP);

function draw({ title, bars }: Group, top: number, scale: (ratio: number) => number): string {
  const lines = bars.map(({ subject, ratio }, index) => {
    const y = top + TITLE + index * (BAR + GAP);
    const width = scale(ratio);
    const kind = /^(product|floor)/.exec(subject.name)?.[0] ?? 'other';
    const figure = ratio < 0.1 ? ratio.toFixed(2) : rounded(ratio);
    return `<text x="${LABELS - 8}" y="${y + 12}" text-anchor="end">${subject.title}</text><rect class="${kind}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/><text x="${(LABELS + width + 6).toFixed(1)}" y="${y + 12}" class="faint">${figure} ×</text>`;
  });
  return [`<text x="0" y="${top + TITLE - 10}" class="group">${title}</text>`, ...lines].join('\n');
}
