/** Adds the search attributes of sessions to the namespace. If that fails, sessions go without them. */
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { Logger } from 'pino';
import { SEARCH_ATTRIBUTES } from '../wire/searchAttributes';

const typeCode = (type: (typeof SEARCH_ATTRIBUTES)[number]['type']) =>
  temporal.api.enums.v1.IndexedValueType[`INDEXED_VALUE_TYPE_${type}`];

const DEADLINE_MS = 10_000;
const RETRY_MS = 250;

/** Resolves with whether sessions may use the attributes. Two nodes that start at once may both add them. */
export async function provideSearchAttributes(client: Client, log: Logger): Promise<boolean> {
  const deadline = Date.now() + DEADLINE_MS;
  try {
    await client.connection.withDeadline(deadline, () => addMissing(client));
    await untilUsable(client, deadline);
    return true;
  } catch (error) {
    log.warn(
      { err: error },
      `sessions are not searchable by ${SEARCH_ATTRIBUTES.map(({ name }) => name).join(', ')}: the namespace lacks them and they could not be added`,
    );
    return false;
  }
}

async function addMissing({
  connection: { operatorService },
  options: { namespace },
}: Client): Promise<void> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  // Temporal accepts a second registration with another type without an error, so a name with another type is
  // detected here.
  const other = SEARCH_ATTRIBUTES.find(
    ({ name, type }) => name in customAttributes && customAttributes[name] !== typeCode(type),
  );
  if (other) throw new Error(`The search attribute ${other.name} has another type than ${other.type}.`);
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, typeCode(type)]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}

/**
 * Waits until queries accept the attributes: in a cluster, the frontends learn of a new attribute one by one.
 */
async function untilUsable(client: Client, deadline: number): Promise<void> {
  const query = SEARCH_ATTRIBUTES.map(({ name }) => `${name} = 'any'`).join(' AND ');
  for (;;) {
    try {
      await client.connection.withDeadline(deadline, () => client.workflow.count(query));
      return;
    } catch (error) {
      if (Date.now() + RETRY_MS > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
