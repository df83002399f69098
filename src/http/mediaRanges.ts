/**
 * Whether an `Accept` header allows a type (RFC 9110, 12.5.1): the most specific range that covers the type
 * decides, and `q=0` excludes it. Parameters other than `q` are ignored, unlike in Express's `req.accepts`,
 * so `application/json; charset=utf-8` allows `application/json`.
 */
export function accepts(header: string, type: string): boolean {
  const ranges = new Map(header.toLowerCase().split(',').map(parse));
  const [kind] = type.split('/');
  const covering = [type, `${kind}/*`, '*/*'].find((range) => ranges.has(range));
  return covering !== undefined && ranges.get(covering) !== 0;
}

function parse(text: string): [range: string, quality: number] {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1];
  return [range, quality === undefined ? 1 : Number(quality)];
}
