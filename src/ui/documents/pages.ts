/** What is read only when a page or a row’s tooltip is wanted; apart from the commands, which show pages. */
export { evidenceDocument } from '../text/pages/evidence';
export { recordHover } from './recordHover';
export { historyPage } from '../text/pages/historyPage';
export { FileDecorations } from '../views/fileDecorations';
export { tooltip } from '../text/pages/tooltip';
