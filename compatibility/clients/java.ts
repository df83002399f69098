/** Clients from Maven Central. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PublishedClient } from './client';
import { DRIVERS, runTool } from './toolchain';

const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/**
 * Additional dependencies: the driver parses orders with the first, and the second prints the client's log on
 * standard error.
 */
const BESIDE = ['com.google.code.gson:gson:2.13.2', 'org.slf4j:slf4j-simple:2.0.16'];

const projectOf = (artifacts: readonly string[]): string => {
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>driver</groupId><artifactId>driver</artifactId><version>1</version>
<dependencies>${dependencies.join('\n')}</dependencies>
</project>`;
};

/**
 * In all of these versions, the code that resumes a stream handles errors of single events, and not the end
 * of the connection.
 */
const sdk = (version: string, whenItBreaks: string): PublishedClient => ({
  name: `io.modelcontextprotocol.sdk:mcp ${version}`,
  registry: 'Maven',
  explained: {
    'node killed': `it does not resume the stream of a call, whoever's server it is: the call ${whenItBreaks}`,
  },
  note: 'it gives a call up after 20 s, unless its `requestTimeout` says otherwise',
  async install(folder) {
    const project = projectOf([`io.modelcontextprotocol.sdk:mcp:${version}`, ...BESIDE]);
    await writeFile(path.join(folder, 'pom.xml'), project);
    const copy = `${DEPENDENCY_PLUGIN}:copy-dependencies`;
    await runTool(folder, 'mvn', '--quiet', '--batch-mode', copy, '-DoutputDirectory=lib');
    await runTool(folder, 'javac', '-cp', 'lib/*', '-d', '.', path.join(DRIVERS, 'Driver.java'));
    return { command: 'java', args: ['-cp', '.:lib/*', 'Driver'], cwd: folder };
  },
});

const FAILS = 'fails when its connection breaks';
const WAITS = 'waits for its time-out when its connection breaks';

export const CLIENTS: readonly PublishedClient[] = [
  sdk('0.18.2', FAILS),
  sdk('1.1.5', FAILS),
  sdk('2.0.1', FAILS),
  sdk('2.1.0', WAITS),
];
