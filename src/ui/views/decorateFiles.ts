import type { Monitor } from '../../monitor/monitor';
import { DisposableList, type Disposable } from '../disposables';
import type { Config } from '../settings/config';

/** Letters on watched files, once there are any: the start of VS Code does not wait for them. */
export function decorateFiles(
  monitor: Monitor,
  config: Config,
  onError: (error: unknown) => void,
): Disposable {
  const disposables = new DisposableList();
  const waiting = disposables.add(
    monitor.onDidChange(({ more }) => {
      if (!more && monitor.snapshot.services.length > 0) {
        waiting.dispose();
        import('../documents/pages').then(
          ({ FileDecorations }) => disposables.add(new FileDecorations(monitor, config)),
          onError,
        );
      }
    }),
  );
  return disposables;
}
