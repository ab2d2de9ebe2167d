#!/usr/bin/env node
/** Traffic Path in a terminal: the same engine as in the editor. commander reads the arguments and writes the help. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { note, UsageError } from './cli/common.ts';
import { ClusterError } from './cluster/errors.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

// One folder up both from here and from the bundle.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('traffic-path')
  .version(version)
  .description('See how a request reaches a Kubernetes Service, and why it does not.')
  .enablePositionalOptions()
  .showHelpAfterError('Run traffic-path --help to see how it is used.')
  .addHelpText('after', '\nExit codes: 0 works or degraded, 1 broken, 2 wrong use or could not look at all, 3 unknown.')
  .exitOverride();

let code = 0;

const cluster = (command: Command) =>
  command
    .option('--context <name>', 'context of the kubeconfig (default: the current one)')
    .option('--kubeconfig <path>', 'kubeconfig file to use instead of KUBECONFIG and ~/.kube/config');
const output = (...choices: string[]) =>
  new Option('-o, --output <format>', 'how to print it').choices(choices).default('text');

cluster(program.command('trace'))
  .description('the path to one Service, hop by hop, with what is wrong and how to mend it')
  .argument('<service>', 'NAME or NAMESPACE/NAME')
  .option('-n, --namespace <name>', "namespace (default: the context's)")
  .addOption(output('text', 'json', 'mermaid', 'markdown'))
  .option('--port <port>', 'only this port of the Service: 8080, 53/UDP, or its name')
  .option('--from <where>', 'where the client stands: laptop, cluster, pod/NAME or node/NAME', 'laptop')
  .option('-w, --watch', 'print it again whenever it changes, until Ctrl-C')
  .addOption(
    new Option('--role', 'print, in place of the trace, the Role to ask for where something may not be read').conflicts(
      ['watch', 'output'],
    ),
  )
  .action(async (service: string, options) => {
    const { runTrace } = await import('./cli/trace.ts');
    code = await runTrace(service, options);
  });

program
  .command('contexts')
  .description('contexts of the kubeconfig, and the file of each')
  .option('--kubeconfig <path>', 'kubeconfig file to use instead of KUBECONFIG and ~/.kube/config')
  .addOption(output('text', 'json'))
  .action(async (options) => {
    const { runContexts } = await import('./cli/lists.ts');
    code = await runContexts(options);
  });

cluster(program.command('services'))
  .description('Services of all namespaces, with the worst finding of each')
  .option('-n, --namespace <name>', 'only this namespace')
  .option('--findings', 'look at every Service (without it: only when there are at most 20)')
  .option('--no-findings', 'look at none')
  .addOption(output('text', 'json'))
  .action(async (options) => {
    const { runServices } = await import('./cli/lists.ts');
    code = await runServices(options);
  });

program
  .command('demo')
  .description('the embedded demo cluster: around a command (demo -- CMD …), or until Ctrl-C')
  .argument('[command...]', 'runs with KUBECONFIG set; its exit code is passed on')
  .option('--kubeconfig <file>', 'write the kubeconfig to this new file')
  .option(
    '--fault <code>',
    'make this fault in it; may be repeated',
    (v: string, before: string[]) => [...before, v],
    [],
  )
  .option('--port <port>', 'listen on this port (default: a free one)', portNumber)
  .passThroughOptions()
  .action(async (command: string[], options) => {
    const { runDemo } = await import('./cli/demo.ts');
    code = await runDemo(command, options);
  });

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new InvalidArgumentError('A port is a number up to 65535.');
  return port;
}

try {
  await program.parseAsync();
} catch (error) {
  code = 2;
  if (error instanceof CommanderError) {
    // commander has said it already; help and version are no errors.
    code = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof ClusterError || error instanceof UsageError) note(error.message);
  else note(`Traffic Path made a mistake: ${error instanceof Error ? error.message : String(error)}`);
}
process.exitCode = code;
