/** API keys, for deployments without an issuer: `durable-mcp keys`. */
import { stat } from 'node:fs/promises';
import type { Authenticated, Verifier } from './authenticated';
import { KEY_PREFIX, hashOf, readKeys, type ApiKey } from './keyFile';
import { InvalidToken, IssuerUnavailable } from './refusals';

/** The `issuer` of a key's principal. This is no URL, so no access token's `iss` can claim the same issuer. */
const ISSUER = 'api-key';
/** The node checks the file for changes at most this often, so a revoked key works for about this long. */
const CHECKED_MS = 1_000;

export const isApiKey = (token: string): boolean => token.startsWith(KEY_PREFIX);

export class ApiKeys implements Verifier {
  /** The keys of the file, by the SHA-256 of the key. */
  private keys = new Map<string, ApiKey>();
  private version: string | undefined;
  private failure: unknown;
  private checkedAt = -Infinity;
  private checking: Promise<void> | undefined;

  constructor(
    private readonly file: string,
    /** Called when the file cannot be read. All keys are refused until it can. */
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** @throws Error in one sentence if the file cannot be read */
  async prepare(): Promise<void> {
    await readKeys(this.file);
  }

  async verify(token: string): Promise<Authenticated> {
    const hash = hashOf(token);
    const key = await this.find(hash);
    if (this.failure !== undefined) throw new IssuerUnavailable(ISSUER, this.failure);
    if (!key) throw new InvalidToken('The API key is unknown or was revoked');
    const { name, scopes } = key;
    return {
      principal: { issuer: ISSUER, subject: name, scopes },
      claims: {},
      // A key file that cannot be read now revokes no key.
      isRevoked: async () => !(await this.find(hash)) && this.failure === undefined,
    };
  }

  private async find(hash: string): Promise<ApiKey | undefined> {
    if (performance.now() - this.checkedAt > CHECKED_MS)
      await (this.checking ??= this.check().finally(() => (this.checking = undefined)));
    return this.keys.get(hash);
  }

  private async check(): Promise<void> {
    try {
      const { mtimeMs, ino, size } = await stat(this.file);
      const version = `${ino} ${mtimeMs} ${size}`;
      if (version !== this.version)
        this.keys = new Map((await readKeys(this.file)).map((key) => [key.sha256, key]));
      this.version = version;
      this.failure = undefined;
    } catch (error) {
      this.keys.clear();
      this.version = undefined;
      this.failure = (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : error;
      if (this.failure !== undefined) this.onFailure(error);
    }
    this.checkedAt = performance.now();
  }
}
