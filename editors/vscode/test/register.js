// Lets `import … from 'vscode'` find the stub: the real module exists only inside VS Code.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: new URL('./vscode_stub.ts', import.meta.url).href, shortCircuit: true } : next(specifier, context),
});
