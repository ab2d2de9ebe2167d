// Part of `npm start` only, never of what ships: the first thing that a person sees is a traced Service.
const vscode = require('vscode');

exports.activate = async () => {
  await vscode.commands.executeCommand('workbench.view.extension.trafficPath');
  await vscode.commands.executeCommand('trafficPath.trace', process.env.TRAFFIC_PATH_FIRST);
};
