/** One issuer of access tokens. Its JWTs are checked by its keys, its opaque tokens by introspection. */
import type { Logger } from 'pino';
import type { Authenticated } from './authenticated';
import { IntrospectionVerifier } from './introspection';
import { discover } from './issuerMetadata';
import { JwtVerifier, type JwtOptions } from './jwt';
import type { IssuerOptions } from './options';
import { Refreshed } from './refreshed';

/** Limits the warnings about one issuer: a flood of tokens must not become a flood of log lines. */
const WARN_EVERY_MS = 5_000;

export class Issuer {
  private readonly jwts: JwtVerifier;
  private readonly opaque: IntrospectionVerifier | undefined;

  constructor({ url, introspection }: IssuerOptions, options: JwtOptions & { readonly log: Logger }) {
    let warnedAt = -Infinity;
    const warn = (error: unknown) => {
      if (performance.now() - warnedAt < WARN_EVERY_MS) return;
      warnedAt = performance.now();
      options.log.warn(
        { issuer: url, err: error },
        'an issuer of access tokens does not answer as it should',
      );
    };
    const metadata = new Refreshed(() => discover(url), ignore);
    this.jwts = new JwtVerifier(url, metadata, options, warn);
    this.opaque = introspection && new IntrospectionVerifier(url, metadata, introspection, options, warn);
  }

  /** Fetches metadata and keys. A failure is logged, not thrown. */
  async prepare(): Promise<void> {
    await this.jwts.prepare().catch(ignore);
  }

  get introspects(): boolean {
    return this.opaque !== undefined;
  }

  /** @throws InvalidToken, IssuerUnavailable */
  verifyJwt(token: string): Promise<Authenticated> {
    return this.jwts.verify(token);
  }

  /** @throws InvalidToken, IssuerUnavailable */
  async introspect(token: string): Promise<Authenticated> {
    if (!this.opaque) throw new Error('The issuer is not to be asked about opaque tokens.');
    return this.opaque.verify(token);
  }
}

const ignore = () => undefined;
