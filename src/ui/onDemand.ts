/** What only a person's wish needs: a part of its own, so that starting VS Code does not wait for it. */
export { handlers } from './handlers';
export { openSetting } from './openSetting';
export { variableItems } from './variableItems';
