/**
 * Every identifier that package.json and the code share, once. A unit test holds package.json against this file.
 * Imports nothing, so that tests and the worker may read it.
 */

export const extensionId = 'instance-monitor.instance-monitor';

/** The prefix of settings, commands, views and context keys. */
export const section = 'instanceMonitor';

export const commands = {
  killDuplicateInstance: 'instanceMonitor.killDuplicateInstance',
  cleanUpStalePidFiles: 'instanceMonitor.cleanUpStalePidFiles',
  undoCleanUp: 'instanceMonitor.undoCleanUp',
  terminateLockHolder: 'instanceMonitor.terminateLockHolder',
  terminateInstance: 'instanceMonitor.terminateInstance',
  keepInstance: 'instanceMonitor.keepInstance',
  showTerminal: 'instanceMonitor.showTerminal',
  watchLockFile: 'instanceMonitor.watchLockFile',
  watchHeldLock: 'instanceMonitor.watchHeldLock',
  whoUsesThis: 'instanceMonitor.whoUsesThis',
  showEvidence: 'instanceMonitor.showEvidence',
  showHistory: 'instanceMonitor.showHistory',
  copyReport: 'instanceMonitor.copyReport',
  exportSnapshot: 'instanceMonitor.exportSnapshot',
  refresh: 'instanceMonitor.refresh',
  pause: 'instanceMonitor.pause',
  resume: 'instanceMonitor.resume',
  showLog: 'instanceMonitor.showLog',
  copyPid: 'instanceMonitor.copyPid',
  copyPath: 'instanceMonitor.copyPath',
  openFile: 'instanceMonitor.openFile',
  openUrl: 'instanceMonitor.openUrl',
  reveal: 'instanceMonitor.reveal',
  whatElse: 'instanceMonitor.whatElse',
  openRow: 'instanceMonitor.row.open',
  removeRow: 'instanceMonitor.row.remove',
  copyRow: 'instanceMonitor.row.copy',
  openSettings: 'instanceMonitor.openSettings',
  editService: 'instanceMonitor.editService',
  stopWatching: 'instanceMonitor.stopWatching',
  hideTool: 'instanceMonitor.hideTool',
  mute: 'instanceMonitor.mute',
  unmute: 'instanceMonitor.unmute',
  getStarted: 'instanceMonitor.getStarted',
  showProblemsOnly: 'instanceMonitor.services.showProblemsOnly',
  showAllServices: 'instanceMonitor.services.showAll',
  heldLocksOfWorkspace: 'instanceMonitor.heldLocks.ofWorkspace',
  heldLocksOfAll: 'instanceMonitor.heldLocks.ofAll',
  heldLocksByProcess: 'instanceMonitor.heldLocks.byProcess',
  heldLocksByFile: 'instanceMonitor.heldLocks.byFile',
  heldLocksSort: 'instanceMonitor.heldLocks.sort',
  heldLocksFilter: 'instanceMonitor.heldLocks.filter',
  heldLocksClearFilter: 'instanceMonitor.heldLocks.clearFilter',
} as const;
/** Run by rows themselves; nowhere to be chosen. */
export const rowClicked = 'instanceMonitor.row.clicked';

export type CommandId = (typeof commands)[keyof typeof commands];

export const viewContainer = 'instanceMonitor';

export const views = {
  services: 'instanceMonitor.services',
  heldLocks: 'instanceMonitor.heldLocks',
} as const;

/** Keys below `instanceMonitor.`, as `WorkspaceConfiguration.get` takes them. */
export const settings = {
  services: 'services',
  presets: 'presets',
  pollInterval: 'pollInterval',
  activeProbe: 'activeProbe',
  notifyOnConflict: 'notifyOnConflict',
  muted: 'muted',
  terminalLinks: 'terminalLinks',
  fileDecorations: 'fileDecorations',
  terminateGracePeriod: 'terminate.gracePeriod',
  terminateForce: 'terminate.force',
} as const;
export type SettingKey = (typeof settings)[keyof typeof settings];

/** The defaults and limits that package.json states, ms. */
export const pollInterval = { default: 2000, minimum: 250, maximum: 3_600_000 } as const;
export const gracePeriod = { default: 5000, minimum: 0, maximum: 600_000 } as const;
export const activeProbePolicies = ['auto', 'never', 'always'] as const;
export const forcePolicies = ['ask', 'always', 'never'] as const;
export type ForcePolicy = (typeof forcePolicies)[number];

export const contextKeys = {
  /** `starting`, `watching`, `paused` or `failing`. */
  status: 'instanceMonitor.status',
  /** Whether VS Code restricts the workspace. Its own `isWorkspaceTrusted` says no until the window is restored. */
  restricted: 'instanceMonitor.restricted',
  problemsOnly: 'instanceMonitor.services.problemsOnly',
  /** `workspace` or `all`. */
  heldLocksScope: 'instanceMonitor.heldLocks.scope',
  /** `process` or `file`. */
  heldLocksGrouping: 'instanceMonitor.heldLocks.grouping',
  heldLocksFiltered: 'instanceMonitor.heldLocks.filtered',
} as const;

/** Of the task that waits until something is released. */
export const taskType = 'instanceMonitor';

export const statusBarItem = 'instanceMonitor.status';
/** Of the read-only documents: evidence and history. */
export const documentScheme = 'instance-monitor';
export const languageModelTool = 'get_lock_holders';
export const walkthrough = 'instanceMonitor.gettingStarted';

/** What a row can do, as a word in its `contextValue`; the menus in package.json look for `\bword\b`. */
export const capabilities = {
  service: 'service',
  killDuplicates: 'killDuplicates',
  cleanUp: 'cleanUp',
  evidence: 'evidence',
  terminate: 'terminate',
  /** The row is about one process. */
  process: 'process',
  copyPid: 'copyPid',
  openFile: 'openFile',
  openUrl: 'openUrl',
  copyPath: 'copyPath',
  /** The file is below a workspace folder. */
  reveal: 'reveal',
  watch: 'watch',
  edit: 'edit',
  hide: 'hide',
  instance: 'instance',
  keep: 'keep',
  terminal: 'terminal',
  mute: 'mute',
  unmute: 'unmute',
  settingProblem: 'settingProblem',
} as const;
export type Capability = (typeof capabilities)[keyof typeof capabilities];
