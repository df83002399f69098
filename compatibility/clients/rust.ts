/** Clients from crates.io. */
import { mkdir, copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PublishedClient } from './client';
import { DRIVERS, runTool } from './toolchain';

const manifestOf = (version: string): string => `[package]
name = "driver"
version = "1.0.0"
edition = "2024"

[dependencies]
rmcp = { version = "=${version}", features = ["client", "elicitation", "transport-streamable-http-client-reqwest"] }
serde = { version = "=1.0.229", features = ["derive"] }
serde_json = "=1.0.154"
tokio = { version = "=1.54.1", features = ["full"] }

# The driver is built once and runs for a minute.
[profile.dev]
debug = false
`;

const rmcp = (version: string, explained?: PublishedClient['explained']): PublishedClient => ({
  name: `rmcp ${version}`,
  registry: 'crates.io',
  explained,
  async install(folder) {
    await writeFile(path.join(folder, 'Cargo.toml'), manifestOf(version));
    await mkdir(path.join(folder, 'src'));
    await copyFile(path.join(DRIVERS, 'client.rs'), path.join(folder, 'src', 'main.rs'));
    await runTool(folder, 'cargo', 'build', '--quiet');
    return { command: path.join(folder, 'target', 'debug', 'driver'), args: [], cwd: folder };
  },
});

export const CLIENTS: readonly PublishedClient[] = [rmcp('3.11.0')];
