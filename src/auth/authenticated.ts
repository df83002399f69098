/** What a valid credential says, whichever kind it is. */
import type { CallAuth } from '../wire/principal';

export interface Authenticated extends CallAuth {
  /** Whether the credential has been taken back since. Absent where only its time ends it. */
  readonly isRevoked?: () => Promise<boolean>;
}

/** Checks credentials of one kind. */
export interface Verifier {
  /** @throws InvalidToken, IssuerUnavailable */
  verify(token: string): Promise<Authenticated>;
}
