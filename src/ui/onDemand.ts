/** Loaded on first use, so that the start of VS Code does not wait for it. */
export { handlers } from './commands/handlers';
export { openSetting } from './settings/openSetting';
export { variableItems } from './settings/variableItems';
export { claimsOf } from '../model/terminal/claims';
export { answerClaim } from './links/ask';
export { WaitTerminal } from './links/waitTerminal';
