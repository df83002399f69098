/** The result of checking a credential: the same for JWTs, opaque tokens and API keys. */
import type { CallAuth } from '../wire/principal';

export interface Authenticated extends CallAuth {
  /** Whether the credential has been revoked since it was verified. Absent for JWTs, which end only by their `exp`. */
  readonly isRevoked?: () => Promise<boolean>;
}

/** Checks credentials of one kind. */
export interface Verifier {
  /** @throws InvalidToken, IssuerUnavailable */
  verify(token: string): Promise<Authenticated>;
}
