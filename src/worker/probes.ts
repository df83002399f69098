/** The HTTP endpoint for a worker's health probes (`--health-port`). A worker has no other endpoint. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { answerProbe, type Probed } from '../shared/probes';
import { listenError, portOf, urlOf } from '../net/address';

export interface ProbeAddress {
  readonly host: string;
  readonly port: number;
}

/** Resolves with the URL when the server listens. The server does not keep the process alive. */
export async function serveProbes(probed: Probed, { host, port }: ProbeAddress): Promise<string> {
  const server = createServer((req, res) => {
    void answerProbe((req.url ?? '').split('?')[0] ?? '', probed).then((answer) => {
      res.writeHead(answer?.code ?? 404, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify(answer?.body ?? { status: 'ask /livez, /readyz or /health' }));
    });
  });
  server.listen(port, host).unref();
  await once(server, 'listening').catch((error: unknown) => {
    throw listenError('The worker', error, {
      host,
      port,
      options: { host: '--health-host', port: '--health-port' },
    });
  });
  return urlOf(host, portOf(server));
}
