import * as vscode from 'vscode';
import type { LogLevel } from '../monitor/protocol';

/** The channel "Instance & Lock Monitor": detail goes here, a person is told one short sentence. */
export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Instance & Lock Monitor', { log: true });
}

/** For the parts that know no VS Code. */
export function logTo(channel: vscode.LogOutputChannel): (level: LogLevel, message: string) => void {
  return (level, message) => channel[level](message);
}
