// Part of `npm start` only, never of what ships: the first thing that a person sees is a traced Service.
const vscode = require('vscode');

exports.activate = async () => {
  const first = process.env.TRAFFIC_PATH_FIRST;
  await vscode.commands.executeCommand('workbench.view.extension.trafficPath');
  if (first) await vscode.commands.executeCommand('trafficPath.trace', first);
};
