/** What only a person's wish needs: a part of its own, so that starting VS Code does not wait for it. */
export { handlers } from './handlers';
export { openSetting } from './openSetting';
export { evidenceDocument } from './text/evidence';
export { historyPage } from './text/historyPage';
export { tooltip } from './text/tooltip';
export { variableItems } from './variableItems';
