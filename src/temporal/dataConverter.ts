/** For every client and worker: Temporal loads it by its path. */
export const dataConverter = { payloadConverterPath: require.resolve('./payloads') };
